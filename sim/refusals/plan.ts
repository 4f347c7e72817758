// What is refused in a story, and what is wrong with it then: it must end as it would have, with nothing lost and nothing doubled.

import { isOpen } from "../../src/core/states.ts";
import type { Refusal, Trouble } from "./server.ts";
import type { Told } from "./story.ts";

const OUTAGE_MS = 14_000;
/** Once; then for as long as a disk may be full in a bad moment; then as a disk that is nearly full: some are refused and some are not. */
const WAYS = [
  { forMs: 0, share: 0 },
  { forMs: OUTAGE_MS, share: 1 },
  { forMs: OUTAGE_MS, share: 0.3 },
] as const satisfies readonly Pick<Refusal, "forMs" | "share">[];

/** The ways in which it is refused take turns. */
export function refusalAt(trouble: Trouble, nth: number, turn: number = nth): Refusal {
  return { trouble, nth, ...(WAYS[turn % WAYS.length] ?? WAYS[0]) };
}

/** Pumps pause for some seconds at most. */
const LATE_MS = 16_000;
/**
 * A claim has to run out whose commit was made and not heard of: the longest is that of an account's next list. What that list shows late is
 * taken for slow, so that the next boot is looked at half as late once more.
 */
const UNHEARD_MS = 2 * 62_000;

/** `plain`: the story undisturbed. Empty when all is well. */
export function wrongWith(told: Told, plain: Told): string[] {
  const { hasStruck, refusal, deployment, machines, lives, errors } = told;
  const { state, failure, parked, attemptNo, blueprint } = deployment;
  const known = new Set(machines.map(({ externalId }) => externalId));
  const lateMostMs = refusal?.trouble.endsSession === true ? UNHEARD_MS : LATE_MS;
  const lateMs = told.tookMs - plain.tookMs - (refusal?.forMs ?? 0);
  return [
    ...(hasStruck ? [] : ["nothing was refused"]),
    ...(state === "stopped" && failure === null ? [] : [`it is ${state}: ${failure}`]),
    ...(parked === null ? [] : [`it is parked: ${parked.text}`]),
    ...(attemptNo === 1 ? [] : [`it came up in attempt ${attemptNo}`]),
    ...(lateMs <= lateMostMs ? [] : [`it ended ${lateMs} ms later than the outage explains`]),
    ...(lives.length === blueprint.instances.length ? [] : [`${lives.length} machines have lived`]),
    ...lives.filter(({ machineId }) => !known.has(machineId)).map(({ name }) => `${name} is not in the ledger`),
    ...lives.filter(({ to }) => to === null).map(({ name }) => `${name} still lives`),
    ...machines.filter(isOpen).map(({ id }) => `${id} is open in the ledger`),
    ...errors.filter((line) => refusal?.trouble.maySayTooMuch !== true || !line.includes("deployment parked")),
  ];
}
