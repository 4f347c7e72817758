-- breaking: a worker that knows no reboots takes a machine that stands still for one for stopped by itself.
-- A machine may be booted again: asked of its cloud once, and for a while it may stand still for it.
alter table machines drop constraint machines_call_check;

alter table machines
  add constraint machines_call_check check (call in ('create', 'lookup', 'start', 'reboot', 'console', 'destroy', 'look')),
  add column reboot_sent_at timestamptz,
  add column reboot_until timestamptz,
  add constraint reboots_end check (reboot_sent_at is null or reboot_until is not null),
  add constraint reboots_are_bounded check (call is distinct from 'reboot' or reboot_until is not null);
