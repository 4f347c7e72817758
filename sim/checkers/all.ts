import { boundedLaunch } from "./bounded-launch.ts";
import type { CheckerOf } from "./checker.ts";
import { dependenciesFirst } from "./dependencies-first.ts";
import { dueRows } from "./due-rows.ts";
import { endedRows } from "./ended-rows.ts";
import { foreignMachines } from "./foreign-machines.ts";
import { freshMatch } from "./fresh-match.ts";
import { keptRows } from "./kept-rows.ts";
import { knownMachines } from "./known-machines.ts";
import { legalMoves } from "./legal-moves.ts";
import { liveChecks } from "./live-checks.ts";
import { provenGone } from "./proven-gone.ts";
import { provenParts } from "./proven-parts.ts";
import { quarantines } from "./quarantines.ts";
import { quotas } from "./quotas.ts";
import { reboots } from "./reboots.ts";
import { removedFirst } from "./removed-first.ts";
import { repairs } from "./repairs.ts";
import { reservations } from "./reservations.ts";
import { singleAccount } from "./single-account.ts";
import { singleCall } from "./single-call.ts";
import { singleMachine } from "./single-machine.ts";
import { studies } from "./studies.ts";
import { toldStory } from "./told-story.ts";
import { updates } from "./updates.ts";
import { trueTime } from "./true-time.ts";

export const CHECKERS: readonly CheckerOf[] = [
  legalMoves,
  toldStory,
  dependenciesFirst,
  singleMachine,
  singleAccount,
  freshMatch,
  singleCall,
  provenGone,
  provenParts,
  knownMachines,
  endedRows,
  reservations,
  quotas,
  repairs,
  reboots,
  liveChecks,
  studies,
  quarantines,
  updates,
  removedFirst,
  boundedLaunch,
  dueRows,
  foreignMachines,
  trueTime,
  keptRows,
];
