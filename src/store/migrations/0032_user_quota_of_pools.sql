-- breaking: a worker that does not know what each user may hold in a pool would launch past it.
-- Of what each user may hold in the pool; what is not named is not limited.
alter table pools add column user_quota jsonb not null default '{}';
