-- breaking: whoever does not know revisions launches without one.
-- What a deployment is to be is a row of its own, so that it may be changed. The blueprint of the one that it has stays beside the deployment.
create table revisions (
  deployment text collate "C" not null references deployments,
  no integer not null check (no > 0),
  why text not null check (why in ('launch')),
  by_whom text not null,
  begun_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('succeeded', 'failed', 'cancelled')),
  primary key (deployment, no),
  check ((ended_at is null) = (outcome is null))
);

-- A launch has ended with the attempt that succeeded, or with its deployment; one whose attempts are pruned, with the latter.
insert into revisions (deployment, no, why, by_whom, begun_at, ended_at, outcome)
select d.id, 1, 'launch', d.created_by, d.created_at, coalesce(a.ended_at, d.ended_at),
  case
    when a.ended_at is not null or d.state = 'stopped' then 'succeeded'
    when d.state = 'failed' and d.cancel_asked_at is not null then 'cancelled'
    when d.state = 'failed' then 'failed'
  end
from deployments d
left join attempts a on a.deployment = d.id and a.no = d.attempt_no and a.outcome = 'succeeded';

alter table deployments add column revision_no integer not null default 1 check (revision_no > 0);

alter table deployments alter column revision_no drop default;

alter table attempts add column revision integer not null default 1 check (revision > 0);

alter table attempts alter column revision drop default;

alter table events add column revision integer not null default 1 check (revision > 0);

alter table events alter column revision drop default;

alter table webhook_deliveries add column revision integer not null default 1 check (revision > 0);

alter table webhook_deliveries alter column revision drop default;
