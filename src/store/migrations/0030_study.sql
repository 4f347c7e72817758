-- breaking: a worker that knows no holding would roll back what is held, and leave the end of that to the next attempt.
-- A failed attempt may stay as it is for a while, for people to look at, before it is undone.
alter table deployments
  add column study_since timestamptz,
  add column study_until timestamptz,
  add column studied_ms double precision not null default 0 check (studied_ms >= 0),
  add constraint study_has_an_end check ((study_since is null) = (study_until is null));

update deployments
  set policy = jsonb_set(policy, '{studyMs}', 'null'),
    blueprint = jsonb_set(blueprint, '{policy,studyMs}', 'null');
