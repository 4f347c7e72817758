-- When a machine was first seen to run or to stand still: its boot ends there, and the start of one that was made stopped begins.

alter table machines add column booted_at timestamptz;
