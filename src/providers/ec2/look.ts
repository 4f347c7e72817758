// A direct look at machines. An instance is absent only where EC2 names its id as one that does not exist, and a machine has gone only
// when the key that was brought for it has gone as well, and its placement group, unless others are in that.

import type { Instance } from "@aws-sdk/client-ec2";
import type { Fault } from "../../core/fault.ts";
import type { KnownMachine, Observed } from "../../core/machine.ts";
import { type Look, ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { accountFault, isCode } from "./faults.ts";
import { groupsKept } from "./groups.ts";
import { type BroughtKey, isYoung, KEY_LEFT, keysOf, mayHaveKey, observeKey, readLoneId } from "./keys.ts";
import { observe } from "./observe.ts";
import { instancesNamed, instancesPage, MISSING } from "./instances.ts";

const ID = /^i-[0-9a-f]+$/;

const NO_ID = accountFault({ class: "config", code: "no_instance_id" }, "this is no id of an instance of EC2's").fault;

const LEFT_OUT = accountFault(
  { class: "transient", code: "left_out" },
  "EC2 neither shows this instance nor says that it does not exist",
).fault;

/** One request for all, another one without those that EC2 says do not exist, and one for the keys of those that have ended. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  const ids = [...new Set(machines.map(({ externalId }) => externalId).filter((id) => ID.test(id)))];
  const { instances, missing } = await instancesWith(desk, ids, signal);
  const byId = new Map(instances.map((one) => [one.InstanceId ?? "", one]));
  const late = await lateOnes(desk, machines, signal);
  const firsts = machines.map((machine): [KnownMachine, Look] => {
    const { externalId, name } = machine;
    const found = byId.get(externalId);
    if (found !== undefined) return [machine, { kind: "seen", observed: { ...observe(found), name } }];
    const lone = late.get(name);
    if (lone === null) return [machine, { kind: "absent" }];
    if (lone !== undefined) return [machine, { kind: "seen", observed: lone }];
    if (missing.has(externalId) || readLoneId(externalId) !== null) return [machine, { kind: "absent" }];
    return [machine, { kind: "unknown", fault: ID.test(externalId) ? LEFT_OUT : NO_ID }];
  });
  const ended = firsts.filter(([{ name }]) => late.get(name) !== null);
  const kept = new Map(await keptBack(desk, ended, signal));
  const others = ended.filter(([{ name }, first]) => !kept.has(name) && isOver(first));
  return new Map([
    ...firsts.map(([{ name }, first]) => [name, first] as const),
    ...kept,
    ...(await groupsKept(desk, others, signal)),
  ]);
}

/**
 * By name what came to be after only its key had been seen: no machine to be used, it goes with the key. Null where another row stands for
 * that instance (a list had not shown it yet): the key is its own, and not alone.
 */
async function lateOnes(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Observed | null>> {
  const late = new Map<string, Observed | null>();
  for (const { name, externalId } of machines) {
    const alone = readLoneId(externalId);
    const [found] =
      alone === null ? [] : await instancesNamed(desk, { owner: alone.owner, names: [alone.name] }, signal);
    if (found === undefined) continue;
    const observed = observe(found);
    const state = observed.state === "stopping" ? "stopping" : "error";
    late.set(name, alone?.name === name ? { ...observed, externalId, name, state } : null);
  }
  return late;
}

const isOver = (first: Look): boolean =>
  first.kind === "absent" || (first.kind === "seen" && first.observed.state === "gone");

/** Of those that have ended, the ones whose key is still there: they are not gone. */
async function keptBack(
  desk: Desk,
  firsts: readonly (readonly [KnownMachine, Look])[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Look])[]> {
  const ended = firsts.filter(([machine, first]) => mayHaveLeftKey(machine, first));
  if (ended.length === 0) return [];
  const names = ended.map(([machine]) => keyedName(machine));
  const answer = await keysOf(desk, { names, owner: null }, signal).then((keys) => ({ keys }), faultIn);
  return ended.flatMap(([machine, first]): (readonly [string, Look])[] => {
    if ("fault" in answer) return [[machine.name, { kind: "unknown", fault: answer.fault }]];
    const key = answer.keys.find((one) => one.machine === keyedName(machine));
    return key === undefined ? [] : [[machine.name, left(machine, { first, key })]];
  });
}

function left(
  { externalId, name, realm, isLeaving }: KnownMachine,
  { first, key }: { readonly first: Look; readonly key: BroughtKey },
): Look {
  if (first.kind === "seen") {
    return { kind: "seen", observed: { ...first.observed, state: "error", fault: first.observed.fault ?? KEY_LEFT } };
  }
  const mayComeUp = !isLeaving && readLoneId(externalId) === null && isYoung(key);
  if (mayComeUp) return { kind: "unknown", fault: KEY_LEFT };
  return { kind: "seen", observed: { ...observeKey(key), externalId, name, realm } };
}

const keyedName = ({ name, externalId }: KnownMachine): string => readLoneId(externalId)?.name ?? name;

function mayHaveLeftKey(machine: KnownMachine, first: Look): boolean {
  if (first.kind === "seen") return first.observed.state === "gone" && mayHaveKey(first.observed);
  return first.kind === "absent" && (readLoneId(machine.externalId) !== null || mayHaveKey(machine));
}

function faultIn(error: unknown): { readonly fault: Fault } {
  if (error instanceof ProviderFault) return { fault: error.fault };
  throw error;
}

interface WithIds {
  readonly instances: readonly Instance[];
  readonly missing: ReadonlySet<string>;
}

async function instancesWith(desk: Desk, ids: readonly string[], signal: AbortSignal): Promise<WithIds> {
  const missing = new Set<string>();
  for (;;) {
    const left = ids.filter((id) => !missing.has(id));
    if (left.length === 0) return { instances: [], missing };
    try {
      const { items } = await instancesPage(desk, { InstanceIds: left }, signal);
      return { instances: items, missing };
    } catch (error) {
      const told = isCode(error, MISSING) ? idsIn(error.fault.text).filter((id) => left.includes(id)) : [];
      // Each turn leaves fewer.
      if (told.length === 0) throw error;
      for (const id of told) missing.add(id);
    }
  }
}

/** `The instance IDs 'i-0a, i-0b' do not exist`. */
const idsIn = (text: string): readonly string[] => text.match(/\bi-[0-9a-f]+\b/g) ?? [];
