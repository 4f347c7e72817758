-- Of the trace that a launch goes on with, as its sender told it (W3C Trace Context). Null: it has its own, made of its id.
alter table deployments
  add column traceparent text collate "C";
