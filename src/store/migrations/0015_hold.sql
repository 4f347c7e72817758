-- What a database that was put back from a backup must not do at once.

-- When it was put back, and until when nothing is removed that was asked for before. One row; nulls: it never was.
create table hold (
  id integer primary key check (id = 1),
  restored_at timestamptz,
  until timestamptz,
  check ((restored_at is null) = (until is null))
);

insert into hold (id) values (1);

analyze hold;

-- When it goes on, and how often it was put back: no deadline counts from before, and no name is used twice.
alter table deployments
  add column resumed_at timestamptz,
  add column resumes integer not null default 0 check (resumes >= 0);
