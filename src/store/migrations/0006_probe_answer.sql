-- What the last try of an instance's readiness check met, while that is waited for.
alter table instances add column probe_answer text;
