-- How long deployments run until they stop by themselves.
alter table deployments
  add column lease_ends_at timestamptz,
  add column lease_warned boolean not null default false;

update deployments
  set policy = jsonb_set(policy, '{leaseMs}', 'null'),
    blueprint = jsonb_set(blueprint, '{policy,leaseMs}', 'null');

-- How long they may; null: as long as anybody likes.
alter table pools add column max_lease_ms double precision check (max_lease_ms > 0);
