// Only legal transitions. The arcs stand here a second time, and on purpose: what is read from the table that the program uses
// cannot tell that the table is wrong.

import type { CheckerOf } from "./checker.ts";

const DEPLOYMENT = `
new>pending
pending>running pending>incomplete pending>rollback_in_progress pending>failed
rollback_in_progress>rollback_complete rollback_in_progress>rollback_failed
rollback_complete>pending rollback_complete>failed
rollback_failed>rollback_in_progress rollback_failed>pending
running>incomplete running>updating running>shutting_down running>stopped
incomplete>running incomplete>updating incomplete>shutting_down incomplete>stopped
updating>running updating>incomplete updating>reverting updating>shutting_down
reverting>running reverting>incomplete reverting>shutting_down
shutting_down>stopped`;

const INSTANCE = `
new>pending
pending>running pending>stopped pending>create_failed pending>error pending>vanished pending>shutting_down
stopped>running stopped>shutting_down stopped>error stopped>vanished stopped>new
running>shutting_down running>stopped running>error running>vanished
shutting_down>stopped shutting_down>error shutting_down>vanished
create_failed>new error>new error>shutting_down vanished>new`;

const MACHINE = `
intent>made intent>refused intent>in_doubt intent>absent
in_doubt>made in_doubt>absent
made>gone
refused>made absent>made gone>made`;

const LEGAL = {
  deployment_moved: new Set(DEPLOYMENT.trim().split(/\s+/)),
  instance_moved: new Set(INSTANCE.trim().split(/\s+/)),
  machine_moved: new Set(MACHINE.trim().split(/\s+/)),
} as const;

export const legalMoves: CheckerOf = (_, find) => ({
  name: "legal moves",
  commit({ events }) {
    for (const { deployment, no, body } of events) {
      if (body.kind !== "deployment_moved" && body.kind !== "instance_moved" && body.kind !== "machine_moved") continue;
      if (LEGAL[body.kind].has(`${body.from}>${body.to}`)) continue;
      find(`${deployment} #${no}: ${body.kind} ${body.from} → ${body.to} is no arc of the table`);
    }
  },
});
