// What the suites of providers have in common: the stage that a harness sets, and how a machine is asked for on it.

import { expect } from "vitest";
import { deploymentId, INSTANCE_NAME_MAX, machineId, type MachineId, machineIdOf } from "../../core/ids.ts";
import {
  type CreateRequest,
  type Handle,
  type KnownMachine,
  type MachineRef,
  type Observed,
  OWNER_LABELS,
} from "../../core/machine.ts";
import { type Cloud, ProviderFault } from "../provider.ts";

/** One account at one cloud in one situation, with nothing of ours in it unless said. */
export interface Stage extends AsyncDisposable {
  readonly cloud: Cloud;
  /** What the cloud can serve with a machine that stays up; `readyRequest` puts name and labels to it. */
  readonly placement: Pick<CreateRequest, "realm" | "size" | "image"> & Partial<CreateRequest>;
  /** Lets time pass until nothing is in transit any more. */
  settle(): Promise<void>;
  /** For `silence`: resolves when the request has reached the cloud. Left out where a call does so at once. */
  readonly underWay?: Promise<void>;
}

export interface MachineStage extends Stage {
  /** Makes a machine at the cloud behind the provider's back; returns its id. */
  plant(name: string, labels: Readonly<Record<string, string>>): Promise<string>;
  /** An id of the cloud's form that nothing has. */
  readonly unknownId: string;
}

/** A stage on which nothing is in transit. `behind`: what has to be closed after it. */
export function stillStage(of: Pick<Stage, "cloud" | "placement">, behind: AsyncDisposable | null = null): Stage {
  return {
    ...of,
    settle: async () => undefined,
    [Symbol.asyncDispose]: async () => behind?.[Symbol.asyncDispose](),
  };
}

/** A cloud that answers as a script says. */
interface Replayed extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly hanging: Promise<void>;
}

/** A stage on which one machine is asked for, under a name that its script knows. */
export async function scriptedStage(
  placement: Stage["placement"],
  open: (name: string) => Promise<Replayed>,
): Promise<Stage> {
  const { name } = readyRequest({ placement });
  const opened = await open(name);
  const stage = stillStage({ cloud: opened.cloud, placement: { ...placement, name } }, opened);
  return { ...stage, underWay: opened.hanging };
}

export const SUITE_INSTALLATION = "suite";

let asked = 0;

/** A request of this installation under a name of its own. */
export function readyRequest(stage: Pick<Stage, "placement">, given: Partial<CreateRequest> = {}): CreateRequest {
  asked += 1;
  return {
    name: machineId(`sw-suite0000000-a1-web-${asked}-t1`),
    cpu: 1,
    memoryMib: 64,
    storageGib: 1,
    userData: "",
    ports: [],
    spot: null,
    where: {},
    group: "sw-suite0000000-a1-web",
    labels: suiteLabels(),
    ...stage.placement,
    ...given,
  };
}

/** As long as names of machines get; those that begin with another letter differ in nothing else. */
export function longestName(letter: string): MachineId {
  const instance = `${letter}${"x".repeat(INSTANCE_NAME_MAX - 1)}`;
  const name = machineIdOf({ deployment: deploymentId("suite0000000"), attempt: 999_999, instance, tryNo: 99_999 });
  expect(name).toHaveLength(63);
  return name;
}

export function suiteLabels(installation = SUITE_INSTALLATION): Readonly<Record<string, string>> {
  return {
    [OWNER_LABELS.installation]: installation,
    [OWNER_LABELS.deployment]: "suite0000000",
    [OWNER_LABELS.instance]: "web",
    [OWNER_LABELS.attempt]: "1",
  };
}

export const calm = (): AbortSignal => new AbortController().signal;

export const PAGES_MOST = 10;

/** Every page of the list. */
export async function listAll(cloud: Cloud): Promise<readonly Observed[]> {
  const machines: Observed[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MOST; pages += 1) {
    const page = await cloud.list(SUITE_INSTALLATION, cursor, calm());
    expect(page.unlisted).toEqual([]);
    machines.push(...page.machines);
    cursor = page.next;
    if (cursor === null) return machines;
  }
  throw new Error(`the list has no end after ${PAGES_MOST} pages`);
}

export async function faultOf(answer: Promise<unknown>): Promise<ProviderFault> {
  const error: unknown = await answer.then(
    () => new Error("nothing went wrong"),
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderFault) return error;
  throw error;
}

/** A machine of which nothing is known but what it was asked for as. */
export function askedAs({ placement }: Pick<Stage, "placement">, name: string): MachineRef {
  return { name, realm: placement.realm, externalId: null, handle: null, isLeaving: false };
}

/** A machine by an id alone, as a database that was restored would know it. */
export function byId(stage: Pick<Stage, "placement">, externalId: string, name = "sw-by-id"): KnownMachine {
  return { ...askedAs(stage, name), externalId };
}

export const keepNothing = async (): Promise<void> => undefined;

/** A machine as the ledger knows it once its create is answered. */
export async function create(stage: Pick<Stage, "cloud">, request: CreateRequest): Promise<KnownMachine> {
  let kept: Handle | null = null;
  const keep = async (handle: Handle): Promise<void> => {
    kept = handle;
  };
  const { name, realm, externalId, handle } = await stage.cloud.create(request, keep, calm());
  return { name, realm, externalId, handle: handle ?? kept, isLeaving: false };
}

/** Asks for the end of a machine, and where its cloud cannot end what is on its way, once more when it has settled, as the engine does. */
export async function end(stage: Stage, machine: KnownMachine): Promise<void> {
  try {
    await stage.cloud.destroy(machine, calm());
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "transient") throw error;
    await stage.settle();
    await stage.cloud.destroy(machine, calm());
  }
}

/** What a direct look shows; null: neither the machine nor a part of it exists. */
export async function lookedAt({ cloud }: Pick<Stage, "cloud">, machine: KnownMachine): Promise<Observed | null> {
  const look = (await cloud.look([machine], calm())).get(machine.name);
  if (look?.kind === "seen") return look.observed;
  expect(look).toEqual({ kind: "absent" });
  return null;
}

/** What is found by the name of a machine alone. Throws what is said instead. */
export async function lookedUp(
  { cloud }: Pick<Stage, "cloud">,
  machine: MachineRef,
  signal: AbortSignal = calm(),
): Promise<readonly Observed[]> {
  const found = (await cloud.lookup(SUITE_INSTALLATION, [machine], signal)).get(machine.name);
  if (found?.kind === "unknown") throw new ProviderFault(found.fault);
  expect(found).toMatchObject({ kind: "found" });
  return found?.observed ?? [];
}

export function foundBy(stage: Pick<Stage, "cloud" | "placement">, name: string): Promise<readonly Observed[]> {
  return lookedUp(stage, askedAs(stage, name));
}

/** Asks for a machine and for its start where it turns up stopped, as the engine does. */
export async function bringUp(stage: Stage, request: CreateRequest): Promise<KnownMachine> {
  const machine = await create(stage, request);
  await stage.settle();
  const seen = await lookedAt(stage, machine);
  if (seen?.state !== "stopped" || seen.fault !== null) return machine;
  await stage.cloud.start(machine, calm());
  await stage.settle();
  return machine;
}
