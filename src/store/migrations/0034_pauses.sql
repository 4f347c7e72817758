-- breaking: a worker that does not know it would never call an account whose pauses have become longer.
-- Below one it says how much longer an account's pauses are, and one call is made at a time.
alter table accounts drop constraint accounts_limiter_parallel_check;

alter table accounts add constraint accounts_limiter_parallel_check check (limiter_parallel > 0);
