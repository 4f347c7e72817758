-- What a provider has to know of a machine besides its id: ids of parts, of an operation. No secret.
alter table machines add column handle jsonb;

-- {text, realms}: the guard may hold in single realms. It is found anew with the next list.
alter table accounts alter column alert type jsonb using null;
