// Everything that one cloud consists of at run time.

import type { Agenda } from "../time/agenda.ts";
import type { Ledger } from "../billing.ts";
import { createFaultRules, type FaultRules } from "./fault-rules.ts";
import type { MachineRecord } from "./machine-record.ts";
import { type ChangeLog, createChangeLog } from "./change-log.ts";
import { createCreationTokens, type CreationTokens } from "./creation-tokens.ts";
import { createThings, type Things } from "./things.ts";
import { createOperations, type Operations } from "./operations.ts";
import type { PartRecord } from "./part-record.ts";
import { type Random, randomOf } from "../random.ts";
import { type CloudSettings, type CompleteCloud, completeCloud } from "../settings.ts";
import { createRealm, isDown, type Realm, realmDown } from "./realm.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { type SizeRow, sizeRowOf } from "./size-table.ts";
import { createTenant, type Tenant } from "./tenant.ts";

export interface CloudState {
  readonly settings: CompleteCloud;
  readonly realms: ReadonlyMap<string, Realm>;
  /** By name, in the order of the settings. */
  readonly sizes: ReadonlyMap<string, SizeRow>;
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** By id, oldest first; the dead are dropped some time after they have ceased to show. */
  readonly machines: Map<string, MachineRecord>;
  /** By id, oldest first; what is gone is not there. */
  readonly parts: Map<string, PartRecord>;
  readonly things: Things;
  readonly creationTokens: CreationTokens;
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly changes: ChangeLog;
  readonly rules: FaultRules;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly latencies: Random;
  readonly run: string;
  /** A stream of its own for each purpose, the same one whenever it is asked for. */
  readonly randomFor: (purpose: string) => Random;
  isOut: boolean;
  made: number;
  partsMade: number;
}

export interface Ground {
  readonly seed: string;
  readonly run: string;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
}

export function createCloudState(settings: CloudSettings, { seed, run, agenda, ledger }: Ground): CloudState {
  const complete = completeCloud(settings);
  const realms = complete.realms.map(({ name }) => name);
  const changes = createChangeLog();
  const own = `${seed}/${complete.name}`;
  return {
    settings: complete,
    realms: new Map(complete.realms.map((realm) => [realm.name, createRealm(realm)])),
    sizes: new Map(complete.sizes.map((size) => [size.name, sizeRowOf(size, realms)])),
    tenants: new Map(complete.tenants.map((tenant) => [tenant.name, createTenant(tenant, agenda.now())])),
    things: createThings(complete),
    sessions: createSessions(complete, randomOf(`${own}/sessions`)),
    creationTokens: createCreationTokens(complete),
    machines: new Map(),
    parts: new Map(),
    operations: createOperations({ cloud: complete.name, run, agenda, keptMs: complete.operationsKeptMs, changes }),
    changes,
    rules: createFaultRules(own),
    agenda,
    ledger,
    run,
    latencies: randomOf(`${own}/latency`),
    randomFor: (purpose) => randomOf(`${own}/${purpose}`),
    isOut: false,
    made: 0,
    partsMade: 0,
  };
}

/** Those that existed at a time which is not long past. */
export function livingAt(cloud: CloudState, tenant: string, at: number): MachineRecord[] {
  return [...cloud.machines.values()].filter(
    (machine) =>
      machine.tenant === tenant && machine.createdAt <= at && (machine.goneAt === null || machine.goneAt > at),
  );
}

/** Names of the realms that do not answer at present. */
export function downRealms(cloud: CloudState): readonly string[] {
  const now = cloud.agenda.now();
  return [...cloud.realms.values()].filter((realm) => isDown(realm, now)).map(({ name }) => name);
}

/** Throws `realm_down`. */
export function checkUp(cloud: CloudState, name: string): void {
  const realm = cloud.realms.get(name);
  if (realm !== undefined && isDown(realm, cloud.agenda.now())) throw realmDown([name]);
}

/** Whether what was made then is found by its id. */
export function hasShown(cloud: CloudState, createdAt: number): boolean {
  return createdAt + cloud.settings.idVisibilityMs <= cloud.agenda.now();
}
