// A whole Slipway on a virtual clock, for the engine's tests: memory store, the simulated cloud in process, and as many
// engines as a test wants processes.

import type { CloudOperator } from "../../datacentre/src/cloud-operator.ts";
import { createDatacentre, type Datacentre } from "../../datacentre/src/datacentre.ts";
import { plainCloud } from "../../datacentre/src/presets.ts";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import type { Account } from "../core/account.ts";
import type { ResolvedBlueprint } from "../core/blueprint/model.ts";
import type { Deployment } from "../core/deployment.ts";
import { accountId, type DeploymentId, deploymentId } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import { eventsTo } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cloud, Provider, ProviderTraits } from "../ports/provider.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Store } from "../ports/store.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleBlueprint,
  sampleNewDeployment,
  samplePool,
  sampleResolvedInstance,
} from "../ports/store.samples.ts";
import { simProvider } from "../providers/sim/index.ts";
import { type MemoryStore, openMemory } from "../store/memory/open.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { createEngine, type Engine } from "./engine.ts";

const INSTALLATION = "world00001";

/** One realm, so that an account is tried once. */
const ONE_REALM: Partial<CloudSettings> = {
  latency: { kind: "fixed", ms: 100 },
  boot: { kind: "fixed", ms: 4_000 },
  removal: { kind: "fixed", ms: 500 },
  visibilityMs: 2_000,
};

export interface WorldOptions {
  readonly clouds?: readonly (Partial<CloudSettings> & { readonly name: string })[];
  readonly traits?: Partial<ProviderTraits>;
  readonly lostAnswers?: "hang" | "reject";
  /** Put between the engine and the simulated cloud. */
  readonly wrap?: (provider: Provider) => Provider;
}

/** The simulated cloud with some of its members replaced. */
export const clouded = (change: (cloud: Cloud) => Partial<Cloud>): Required<Pick<WorldOptions, "wrap">> => ({
  wrap: (provider) => ({
    ...provider,
    open(account, credentials) {
      const cloud = provider.open(account, credentials);
      return { ...cloud, ...change(cloud) };
    },
  }),
});

/** One line of the log. */
export interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface World {
  readonly clock: VirtualClock;
  /** Sets the database's clock by so much; time itself goes on. */
  setClock(byMs: number): void;
  readonly datacentre: Datacentre;
  readonly store: MemoryStore;
  readonly lines: Line[];
  operator(cloud: string): CloudOperator;
  /** An engine on its own connection; `given` replaces what a test wants to see through. */
  engine(given?: Partial<EngineDeps>): Engine;
  /** What every engine here gets unless told otherwise. */
  readonly deps: EngineDeps;
  launch(blueprint?: Partial<ResolvedBlueprint>, id?: string, secrets?: Record<string, string>): Promise<DeploymentId>;
  deployment(id: DeploymentId): Promise<Deployment>;
  machines(id: DeploymentId): Promise<readonly Machine[]>;
  account(name: string): Promise<Account>;
  /** Kinds of the events so far; states instead where something moved. */
  story(id: DeploymentId): Promise<string[]>;
  logged(message: string): Line[];
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = new VirtualClock(SAMPLE_TIME);
  const settings = (options.clouds ?? [{ name: "east" }, { name: "west" }]).map((cloud) => cloudSettings(cloud));
  const datacentre = createDatacentre({ clouds: settings, clock });
  const lines: Line[] = [];
  const events = eventsTo("debug", { write: (line: string) => void lines.push(JSON.parse(line)) });
  let setBy = 0;
  const store = openMemory({
    clock: { now: () => clock.now() + setBy },
    monotonic: () => clock.now(),
    onStep: events.clockStepped,
    installation: INSTALLATION,
    sleep: (ms) => clock.sleep(ms),
  });
  const { lostAnswers = "hang" } = options;
  const sim = simProvider({
    connect: ({ tenant, key }) => datacentre.connect({ tenant, key, lostAnswers }),
    traits: { visibilityMs: 3_000, ...options.traits },
    sleep: (ms, signal) => clock.sleep(ms, signal),
  });
  const wall: Clock = { monotonic: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) };
  const deps: EngineDeps = {
    store,
    providers: new Map([["sim", options.wrap?.(sim) ?? sim]]),
    secrets: plainSecrets,
    clock: wall,
    reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
    events,
    installation: INSTALLATION,
    callbackBase: "http://127.0.0.1:1",
    random: () => 0.5,
    nonce: counted("nonce"),
  };
  await stock(store, settings);
  return {
    clock,
    setClock: (byMs) => void (setBy += byMs),
    datacentre,
    store,
    deps,
    lines,
    operator: (cloud) => datacentre.cloud(cloud),
    engine: (given) => createEngine({ ...deps, store: store.join(), ...given }),
    launch: (blueprint, id = "dep000000001", secrets?: Record<string, string>) =>
      launch(store, { blueprint, id, secrets }),
    deployment: (id) => store.read(async (tx) => sure(await tx.deployment(id))),
    machines: (id) => store.read((tx) => tx.machinesOf(id)),
    account: (name) => store.read(async (tx) => sure(await tx.accountNamed(name))),
    story: (id) => story(store, id),
    logged: (message) => lines.filter(({ msg }) => msg === message),
  };
}

function cloudSettings(cloud: Partial<CloudSettings> & { readonly name: string }): CloudSettings {
  const plain = plainCloud({ ...ONE_REALM, ...cloud });
  const [realm] = plain.realms;
  if (realm === undefined) throw new Error("the plain cloud has a realm");
  const one = { ...realm, name: `${cloud.name}-1` };
  return { ...plain, realms: cloud.realms ?? [one], tenants: [{ name: cloud.name, key: `${cloud.name}-key` }] };
}

/** With it, a refused offer leaves nothing else to choose at its account. */
export const ONE_SIZE = plainCloud().sizes.slice(0, 1);

/** Accounts in a strict order, as yet unknown to the tracker. */
async function stock(store: Store, clouds: readonly CloudSettings[]): Promise<void> {
  await store.write(async (tx) => {
    for (const { name } of clouds) {
      const fresh = { health: "unknown", images: {}, realms: {}, healthAt: null } as const;
      const where = { url: "http://127.0.0.1:1", tenant: name };
      const account = sampleAccount({ ...fresh, id: accountId(`acc-${name}`), settings: where });
      await tx.putAccount(account, plainSecrets.seal(JSON.stringify({ key: `${name}-key` })));
    }
    const members = clouds.map(({ name }, group) => ({ account: accountId(`acc-${name}`), group, weight: 0 }));
    await tx.putPool(samplePool({ members }));
  });
}

/** `db`, and `web` which needs it; ready when the cloud says running. */
export function pairBlueprint(given: Partial<ResolvedBlueprint> = {}): ResolvedBlueprint {
  const image = "debian-12";
  const db = sampleResolvedInstance({ images: [image] });
  const web = sampleResolvedInstance({ images: [image], name: "web", group: "web", dependsOn: ["db"] });
  return sampleBlueprint({ instances: [db, web], ...given });
}

/** `count` instances that depend on nothing. */
export function flockBlueprint(count: number): ResolvedBlueprint {
  const instances = Array.from({ length: count }, (_, index) =>
    sampleResolvedInstance({
      images: ["debian-12"],
      name: `sheep-${index + 1}`,
      group: "sheep",
      index: index + 1,
      userData: [{ kind: "text", text: "#!/bin/graze" }],
    }),
  );
  return sampleBlueprint({ instances });
}

async function launch(
  store: Store,
  of: {
    readonly blueprint: Partial<ResolvedBlueprint> | undefined;
    readonly id: string;
    readonly secrets: Record<string, string> | undefined;
  },
): Promise<DeploymentId> {
  const id = deploymentId(of.id);
  const secrets = of.secrets === undefined ? null : plainSecrets.seal(JSON.stringify(of.secrets));
  await store.write(async (tx) => {
    const now = await tx.now();
    const row = { id, blueprint: pairBlueprint(of.blueprint), createdAt: now, since: now, wakeAt: now };
    await tx.insertDeployment(sampleNewDeployment(row, { secrets }));
  });
  return id;
}

async function story(store: Store, id: DeploymentId): Promise<string[]> {
  const events = await store.read((tx) => tx.events(id, 0, 1_000));
  return events.map(({ body }) => {
    if (body.kind === "deployment_moved") return body.to;
    if (body.kind === "instance_moved") return `${body.instance} ${body.to}`;
    if (body.kind === "machine_moved") return `${body.instance} machine ${body.to}`;
    return body.kind;
  });
}

/** Seals visibly, so that a test can see what would be hidden. */
export const plainSecrets: Secrets = {
  seal: (text) => `sealed/${Buffer.from(text).toString("base64")}`,
  open(sealed) {
    if (!sealed.startsWith("sealed/")) throw new Error("sealed with another key");
    return Buffer.from(sealed.slice("sealed/".length), "base64").toString();
  },
};

function counted(word: string): () => string {
  let count = 0;
  return () => `${word}-${(count += 1)}`;
}

function sure<T>(value: T | null): T {
  if (value === null) throw new Error("no such row");
  return value;
}
