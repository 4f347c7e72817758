-- What has ended may be launched once more, as another deployment that has its name from then on. No foreign keys: rows of one table would
-- refer to each other, and archives and moves fill tables in any order of their rows. Deployments are never taken out of the table.
alter table deployments
  add column relaunch_of text collate "C",
  add column successor text collate "C";

drop index deployment_name_taken;

create unique index deployment_name_taken on deployments (pool, name) where deleted_at is null and successor is null;
