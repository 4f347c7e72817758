-- Names that are searched have a table of their own. An index of a deployment's row is written anew with every change of that row, and this one
-- has a dozen entries for each name: they were most of what a launch wrote to the log.
lock table deployments in share row exclusive mode;

create table deployment_names (
  deployment text collate "C" primary key references deployments on delete cascade,
  name text not null
);

insert into deployment_names select id, name from deployments;

-- Without a list of what is to be entered yet, which each search would read.
create index deployment_names_trigrams on deployment_names using gin (trigrams(name)) with (fastupdate = off);

drop index deployments_trigrams;

-- A name is given once.
create function keep_names() returns trigger language plpgsql as $$
begin
  insert into deployment_names select id, name from new_rows;
  return null;
end $$;

create trigger deployments_named after insert on deployments
  referencing new table as new_rows for each statement execute function keep_names();
