-- What an update changes, for people who look back: what became of each member that is not kept as it was, and why. Of older ones nobody knows.
alter table revisions
  add column changes jsonb not null default '[]' check (jsonb_typeof(changes) = 'array');
