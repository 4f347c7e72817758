-- A refusal may reach as far as one quota of the cloud's.

alter table placements drop constraint placements_refused_check;

alter table placements
  add constraint placements_refused_check
  check (refused in ('offer', 'quota', 'realm', 'account', 'provider', 'deployment'));
