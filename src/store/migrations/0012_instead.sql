-- What would usually have been chosen for an instance, its price, and why it was not: true also when nobody remembers the refusal any more.
alter table placements add column instead jsonb;
