-- Who signs in with a provider of identities.
alter table users
  -- The issuer and the subject there, by which they are known again. Null: known here alone.
  add column subject text collate "C" unique,
  -- Names of the groups that the provider put them in when they last signed in.
  add column claims jsonb not null default '[]';

alter table groups
  -- Users whom the provider puts in a group of this name are in this one. Null: it is of no provider.
  add column claim text;
