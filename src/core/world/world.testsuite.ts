// A small world for tests of the core: keeps one deployment's rows as a store would, applies waves and checks what a
// database would refuse, and plays the cloud's part by hand. Time stands still unless a test moves it.

import { askUpdate } from "../change/begin.ts";
import type { UpdateQuestion } from "../change/plan.ts";
import { Event } from "../../contract/event.ts";
import { showEvent } from "../../http/show/event.ts";
import {
  sampleAccount,
  sampleBlueprint,
  sampleDeployment,
  sampleFault,
  sampleInstance,
  sampleResolvedInstance,
  sampleRevision,
} from "../../ports/store.samples.ts";
import type { Block } from "../account.ts";
import type { ResolvedBlueprint } from "../blueprint/model.ts";
import { decide } from "../decision/decide.ts";
import { record, recordAndDecide, type Told } from "../decision/follow.ts";
import type { Attempt, Deployment, Instance, Revision } from "../deployment.ts";
import type { DeploymentEvent, EventKind } from "../story/event.ts";
import type { Fault } from "../fault.ts";
import { type AccountId, accountId } from "../ids.ts";
import type { Call, CreateRequest, Machine, Observed, ObservedState } from "../machine.ts";
import { type QuotaLimit, UNLIMITED } from "../market/amount.ts";
import { heldBy } from "../market/market.ts";
import { triesEnded, withoutTries } from "../market/blocks.ts";
import { type Enquiry, isHeld, type Market, type MarketAccount } from "../market/market.ts";
import { sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import { isOfUse, type Placement } from "../market/placement.ts";
import { type CallOutcome, recordCalls, recordMissing, recordSeen } from "./record.ts";
import type { Changes, Snapshot, Surroundings } from "../snapshot.ts";
import { DEPLOYMENT, INSTANCE, isOpen, MACHINE, type Table } from "../states.ts";
import { marketOf } from "./world-market.testsuite.ts";

export const TRAITS = { visibilityMs: 30_000, callTimeoutMs: { create: 60_000, other: 20_000 }, usualBootMs: 1_000 };

export interface WorldOptions {
  readonly blueprint: ResolvedBlueprint;
  readonly deployment?: Partial<Deployment>;
  /** Names of accounts, in the order in which they are tried; each has one realm, `NAME-1`, and one size. */
  readonly accounts?: readonly string[];
}

export class World {
  now: number;
  deployment: Deployment;
  instances: Instance[];
  revisions: Revision[];
  attempts: Attempt[] = [];
  placements: Placement[] = [];
  /** Images that were asked for. */
  readonly enquiries: Enquiry[] = [];
  readonly machines = new Map<string, Machine>();
  readonly requests = new Map<string, CreateRequest>();
  readonly events: DeploymentEvent[] = [];
  readonly evidence: Changes["evidence"][number][] = [];
  accounts: MarketAccount[];
  /** The pool's. */
  limit: QuotaLimit = UNLIMITED;
  /** Of who launched it; null: none. */
  userLimit: QuotaLimit | null = null;
  /** Of each user in the pool. */
  eachLimit: QuotaLimit = UNLIMITED;
  blocks: Block[] = [];
  readonly unblocks: Changes["unblocks"][number][] = [];
  readonly suspended = new Set<AccountId>();
  private nonces = 0;
  private isHeld = false;

  constructor({ blueprint, deployment, accounts = ["east", "west"] }: WorldOptions) {
    this.deployment = sampleDeployment({ blueprint, ...deployment });
    this.now = this.deployment.createdAt;
    this.instances = blueprint.instances.map(({ name }) => sampleInstance({ name, deployment: this.deployment.id }));
    this.revisions = [sampleRevision({ deployment: this.deployment.id, begunAt: this.now })];
    this.accounts = accounts.map((name, group) =>
      sampleMarketAccount({
        account: sampleAccount({ id: accountId(name), name, images: {}, health: "healthy" }),
        member: { account: accountId(name), group },
        offers: [sampleOffer({ realm: `${name}-1` })],
      }),
    );
  }

  snapshot(): Snapshot {
    const { deployment, instances, revisions, attempts } = this;
    const machines = [...this.machines.values()].filter((row) => isOpen(row) || row.attemptNo === deployment.attemptNo);
    const placements = this.placements.filter((row) => isOfUse(row, deployment, attempts));
    return {
      deployment,
      instances: [...instances],
      revisions: [...revisions],
      attempts: [...attempts],
      machines,
      placements,
    };
  }

  market(): Market {
    return marketOf(this);
  }

  /** What placements hold at an account. */
  held(id: AccountId): Placement["takes"] {
    return heldBy(this.placements.filter((row) => row.account === id && isHeld(row)));
  }

  /** True once nothing of an attempt is held any more. */
  released(attempt = this.deployment.attemptNo): boolean {
    return !this.placements.some((row) => row.attempt === attempt && isHeld(row));
  }

  around(market: Market | null = this.market()): Surroundings {
    this.nonces += 1;
    const nonce = () => `nonce${this.nonces}`;
    return { market, secrets: {}, installation: "simulated0", callbackBase: "http://slipway", nonce };
  }

  /** Decides until nothing is due now. */
  settle(): void {
    if (this.isHeld) return;
    for (let round = 0; round < 20; round += 1) {
      if (this.deployment.wakeAt === null || this.deployment.wakeAt > this.now) return;
      this.apply(decide(this.snapshot(), this.now, this.around()));
    }
    throw new Error(`still due after 20 decisions: ${this.deployment.state}`);
  }

  /** Records what the world has told, and no more. */
  tell(recording: Told["recording"]): void {
    this.apply(record({ snapshot: this.snapshot(), now: this.now, recording }));
  }

  /** Records it and decides, as the engine does. */
  private hear(recording: Told["recording"]): void {
    const told = { snapshot: this.snapshot(), now: this.now, recording };
    const followed = this.isHeld ? null : recordAndDecide(told, this.around());
    if (followed === null) this.tell(recording);
    else this.apply(followed.waves);
    this.settle();
  }

  /** Lets several things happen before the next decision. */
  atOnce(act: () => void): void {
    this.isHeld = true;
    act();
    this.isHeld = false;
    this.settle();
  }

  /** Moves time and decides. */
  pass(ms: number): void {
    this.now += ms;
    this.settle();
  }

  /** Applies a person's wish; returns the refusal's text. */
  ask(
    asked: { readonly changes: readonly Changes[] } | { readonly refused: { readonly text: string } },
  ): string | null {
    if ("refused" in asked) return asked.refused.text;
    this.apply(asked.changes);
    this.settle();
    return null;
  }

  /** Asks for another blueprint; returns the refusal's text. */
  update(after: ResolvedBlueprint, given: Partial<UpdateQuestion> = {}): string | null {
    const usual = { changedSecrets: new Set<string>(), allowReplace: [], callbackBase: "http://slipway" };
    const question = { snapshot: this.snapshot(), after, market: this.market(), now: this.now, ...usual, ...given };
    return this.ask(askUpdate(question, "ada"));
  }

  /** The open machine of an instance in the present attempt. */
  machineOf(instance: string): Machine {
    const rows = [...this.machines.values()].filter(
      (row) => row.instance === instance && row.attemptNo === this.deployment.attemptNo,
    );
    const row = rows.findLast(isOpen) ?? rows.at(-1);
    if (row === undefined) throw new Error(`${instance} has no machine`);
    return row;
  }

  instance(name: string): Instance {
    const row = this.instances.find((one) => one.name === name);
    if (row === undefined) throw new Error(`no instance ${name}`);
    return row;
  }

  /** Claims the due call of a machine as a caller would; a create that was sent before comes as a lookup, a reboot as a look. */
  claim(machine: Machine): Call {
    const row = this.machines.get(machine.id) ?? machine;
    if (row.call === null || row.callAt === null || row.callAt > this.now) throw new Error(`${row.id} has no due call`);
    const sentAt = row.call === "create" ? (row.sentAt ?? this.now) : row.sentAt;
    const isReboot = row.call === "reboot";
    const rebootSentAt = isReboot ? (row.rebootSentAt ?? this.now) : row.rebootSentAt;
    this.machines.set(row.id, { ...row, sentAt, rebootSentAt, callNo: row.callNo + 1 });
    if (isReboot && row.rebootSentAt !== null) return "look";
    return row.call === "create" && row.sentAt !== null ? "lookup" : row.call;
  }

  /** Claims and answers the due call of an instance's machine, then decides. */
  answer(instance: string, outcome: CallOutcome): Call {
    const machine = this.machineOf(instance);
    const call = this.claim(machine);
    this.record(machine, call, outcome);
    return call;
  }

  /** All are recorded before the next decision. */
  answerAll(instances: readonly string[], outcome: CallOutcome): void {
    this.atOnce(() => {
      for (const instance of instances) this.answer(instance, outcome);
    });
  }

  /** `askedAt`: when the call was claimed. */
  record(machine: Machine, call: Call, { askedAt = this.now, ...outcome }: CallOutcome & { askedAt?: number }): void {
    const answer = { machine: machine.id, call, outcome, askedAt, traits: TRAITS };
    this.hear((draft) => recordCalls(draft, [answer]));
  }

  see(instance: string, state: ObservedState, fault: Fault | null = null): void {
    this.seeMachine(this.machineOf(instance), state, fault);
  }

  seen(instance: string): Observed {
    return sight(this.machineOf(instance), "running");
  }

  /** The same of one machine, which may be no member's any more. */
  seeMachine(machine: Machine, state: ObservedState, fault: Fault | null = null): void {
    const seen = [{ machine: machine.id, observed: sight(machine, state, fault) }];
    this.hear((draft) => recordSeen(draft, seen));
  }

  /** The cloud makes it, and it runs. */
  bringUp(instance: string): void {
    this.answer(instance, { kind: "created", observed: sight(this.machineOf(instance), "pending") });
    this.see(instance, "running");
  }

  /** Answers every due call of undoing the way a good cloud does, until none is due. */
  haulBack(): void {
    for (let round = 0; round < 50; round += 1) {
      const due = [...this.machines.values()].filter(
        (row) => row.call !== null && row.undoAskedAt !== null && isOpen(row),
      );
      if (due.length === 0) return;
      for (const row of due) this.undoOne(row);
      this.pass(2_000);
    }
    throw new Error("hauling back does not end");
  }

  private undoOne(row: Machine): void {
    const now = this.machines.get(row.id) ?? row;
    if (now.callAt === null || now.callAt > this.now) return;
    const call = this.claim(row);
    const gone: Partial<Record<Call, CallOutcome>> = {
      console: { kind: "console", text: "boot\nlogin:" },
      destroy: { kind: "destroyed" },
      look: { kind: "looked", observed: null },
      lookup: { kind: "found", observed: [] },
    };
    const outcome = gone[call];
    if (outcome === undefined) throw new Error(`${row.id} should be undone and asks for ${call}`);
    this.record(row, call, outcome);
  }

  asked(): string[] {
    return this.instances.filter(({ state }) => state === "pending").map(({ name }) => name);
  }

  kinds(): EventKind[] {
    return this.events.map(({ body }) => body.kind);
  }

  /** The states that the deployment went through. */
  path(): string[] {
    return this.events.flatMap(({ body }) => (body.kind === "deployment_moved" ? [body.to] : []));
  }

  apply(waves: readonly Changes[]): void {
    for (const wave of waves) this.applyWave(wave);
  }

  private applyWave(wave: Changes): void {
    checkArc(DEPLOYMENT, this.deployment.state, wave.deployment.state);
    this.deployment = wave.deployment;
    for (const row of wave.instances) {
      const was = this.instance(row.name);
      if (was.revision === row.revision) checkArc(INSTANCE, was.state, row.state);
      this.instances = this.instances.map((one) => (one.name === row.name ? row : one));
    }
    this.instances = this.instances.filter(({ name }) => !wave.dropped.includes(name));
    for (const row of wave.born) {
      if (row.state !== "new" && this.deployment.state !== "reverting")
        throw new Error(`${row.name} is born ${row.state}`);
      this.instances = [...this.instances, row];
    }
    const placeOf = ({ name }: Instance) => this.deployment.blueprint.instances.findIndex((one) => one.name === name);
    this.instances = this.instances.toSorted((a, b) => placeOf(a) - placeOf(b));
    for (const row of wave.revisions) this.revisions = [...this.revisions.filter(({ no }) => no !== row.no), row];
    for (const row of wave.attempts) this.attempts = [...this.attempts.filter(({ no }) => no !== row.no), row];
    this.attempts.sort((a, b) => a.no - b.no);
    const placeKey = ({ attempt, instance, no }: Placement) => `${attempt}/${instance}/${no}`;
    for (const row of wave.placements) {
      this.placements = [...this.placements.filter((one) => placeKey(one) !== placeKey(row)), row];
      this.placements.sort((a, b) => a.attempt - b.attempt || a.no - b.no);
    }
    this.enquiries.push(...wave.enquiries);
    for (const { machine, request } of wave.newMachines) {
      if (this.machines.has(machine.id)) throw new Error(`machine ${machine.id} written twice`);
      if (machine.state !== "intent") throw new Error(`machine ${machine.id} is born ${machine.state}`);
      this.machines.set(machine.id, machine);
      this.requests.set(machine.id, request);
    }
    for (const row of wave.machines) {
      const was = this.machines.get(row.id);
      if (was === undefined) throw new Error(`no machine ${row.id}`);
      checkArc(MACHINE, was.state, row.state);
      if ((row.call === null) !== (row.callAt === null)) throw new Error(`machine ${row.id} has half a call`);
      this.machines.set(row.id, { ...row, callNo: was.callNo, claimedUntil: was.claimedUntil });
    }
    for (const event of wave.events) {
      if (event.no !== this.events.length + 2) throw new Error(`event ${event.no} after ${this.events.length + 1}`);
      // Whoever follows the story gets nothing that the contract does not know.
      Event.parse(showEvent(event));
      this.events.push(event);
    }
    const keyOf = (block: Block) => [block.account, block.realm, block.size, block.reason].join("/");
    for (const block of wave.blocks) this.blocks = [...this.blocks.filter((one) => keyOf(one) !== keyOf(block)), block];
    this.blocks = [...withoutTries(this.blocks, triesEnded([wave]))];
    this.unblocks.push(...wave.unblocks);
    for (const { account } of wave.verdicts) this.suspended.add(account);
    this.evidence.push(...wave.evidence);
  }
}

function checkArc<S extends string, E extends string>(table: Table<S, E>, from: S, to: S): void {
  if (from === to || Object.values(table[from]).includes(to)) return;
  throw new Error(`illegal transition ${from} → ${to}`);
}

/** The machine as the cloud would show it. */
export function sight(machine: Machine, state: ObservedState, fault: Fault | null = null): Observed {
  const { id: name, realm, externalId } = machine;
  const known = { privateAddress: "10.0.0.7", publicAddress: null, handle: null };
  return { externalId: externalId ?? `ext-${name}`, name, realm, state, fault, ...known };
}

/** db → web. */
export const PAIR: ResolvedBlueprint = sampleBlueprint({
  instances: [sampleResolvedInstance({ name: "db" }), sampleResolvedInstance({ name: "web", dependsOn: ["db"] })],
});

/** Two that do not depend on each other. */
export const LOOSE: ResolvedBlueprint = sampleBlueprint({
  instances: [sampleResolvedInstance({ name: "db" }), sampleResolvedInstance({ name: "web" })],
});

export const ALONE: ResolvedBlueprint = sampleBlueprint({ instances: [sampleResolvedInstance({ name: "db" })] });

/** A launch whose first machines are asked for. */
export function launched(blueprint: ResolvedBlueprint, options: Omit<WorldOptions, "blueprint"> = {}): World {
  const world = new World({ blueprint, ...options });
  world.settle();
  return world;
}

/** A deployment of which everything is up. */
export function up(blueprint: ResolvedBlueprint, options: Omit<WorldOptions, "blueprint"> = {}): World {
  const world = launched(blueprint, options);
  for (const { name } of blueprint.instances) world.bringUp(name);
  if (world.deployment.state !== "running") throw new Error(`it is ${world.deployment.state}`);
  return world;
}

/** The only answer of a call, a fault. */
export const fails = (given: Partial<Fault> = {}) =>
  ({ kind: "fault", fault: sampleFault(given), externalId: null }) as const;

export const by = (world: World) => ({ by: "ada", now: world.now });

export const openMachines = (world: World): Machine[] => [...world.machines.values()].filter(isOpen);

/** A clean full list without the machines that are open. */
export function missing(world: World): void {
  for (const row of world.machines.values()) world.machines.set(row.id, { ...row, missing: row.missing + 1 });
  const ids = [...world.machines.values()].map(({ id }) => id);
  world.apply(recordMissing(world.snapshot(), ids, world.now));
}
