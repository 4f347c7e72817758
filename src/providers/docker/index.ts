// Containers of one Docker Engine as machines. A created container turns up stopped and waits for our start. See README.md.

import type { Account } from "../../core/account.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { whereIn, type WhereSections } from "../../core/market/where.ts";
import { isLoopbackHost } from "../../core/world/loopback.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { beforehand } from "../../cloud-http/faults.ts";
import { mountOf } from "../../core/blueprint/where-values.ts";
import { readForm, readWhere } from "../../ports/account-form.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Cloud, type Listing, type Provider, ProviderFault, type ProviderTraits } from "../../ports/provider.ts";
import { connectEngine, type Engine } from "./client.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { FORM } from "./form.ts";
import { readFrames } from "./console.ts";
import { needsInspection, observeContainer, observeInspected } from "./observe.ts";
import { rebootFault, volumeFault } from "./faults.ts";
import { inspect, orNull, readImageNames, readOffer, readUsage, REALM } from "./offers.ts";
import { readLacking, readLackingVolumes } from "./places.ts";
import { type Container, readContainers, readCreatedId } from "./schema.ts";
import { watchEngine } from "./watch.ts";

const MIB = 1024 * 1024;
/** Enough lines for 64 KiB of ordinary output; the engine can only be asked for lines. */
const CONSOLE_LINES = 5000;
const RECONNECT_MS = 1000;
/** How long a container that is rebooted may take to end by itself, before it is ended. */
const END_S = 10;
/** Linux takes 128 KiB for one argument or one variable of a program, the NUL at its end included. */
const ARGUMENT_BYTES_MOST = 131_071;
const VARIABLE = "SLIPWAY_USER_DATA=";

interface Settings {
  readonly endpoint: Endpoint;
  /** Its defaults of where containers are put. */
  readonly where: WhereSections;
  readonly publish: boolean;
  readonly hourlyPrice: number;
}

interface Session extends Settings {
  readonly engine: Engine;
}

const TRAITS: ProviderTraits = {
  // A container is in look-ups and lists as soon as its create is answered.
  visibilityMs: 1_000,
  callTimeoutMs: { create: 30_000, other: 30_000 },
  usualBootMs: 1_000,
  lookMost: 8,
  looksTogether: false,
  userDataBytesMost: ARGUMENT_BYTES_MOST - VARIABLE.length,
};

export const dockerProvider: Provider = {
  name: "docker",
  form: FORM,
  open(account, credentials) {
    const settings = parseAccount(account, credentials);
    return openCloud({ ...settings, engine: connectEngine(settings.endpoint) });
  },
};

function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): Settings {
  const values = readForm(FORM, { settings, credentials });
  const { publish, hourlyPrice } = values;
  return { endpoint: parseEndpoint(values), where: readWhere(FORM, settings), publish, hourlyPrice };
}

function openCloud(session: Session): Cloud {
  const { engine } = session;
  return {
    traits: TRAITS,
    // Containers on the host's network, where the host is this machine.
    sharesLoopback: networkFor(session, {}) === "host" && isLoopbackHost(engine.endpoint.hostAddress),
    realms: async (signal) => {
      await readImageNames(engine, signal);
      return [REALM];
    },
    sizes: async (_cursor, signal) => ({
      offers: [await readOffer(engine, session.hourlyPrice, signal)],
      unlisted: [],
      next: null,
    }),
    usage: (signal) => readUsage(engine, signal),
    image: async (choice, _realm, signal) => {
      const names = await readImageNames(engine, signal);
      return names.includes(choice) ? { image: choice } : { image: null, text: null };
    },
    lacks: (asked, _realm, signal) => readLacking(engine, whereIn(session.where, REALM, asked), signal),
    images: async (_cursor, signal) => {
      const names = await readImageNames(engine, signal);
      return { images: names.map((name) => ({ realm: REALM, choice: name, image: name })), next: null };
    },
    create: (request, _keep, signal) => create(session, request, signal),
    lookup: (installation, machines, signal) =>
      findEach(machines, ({ name }) => lookup(session, { installation, name }, signal)),
    look: (machines, signal) =>
      lookEach(machines, async ({ externalId }) => {
        const container = await inspect(engine, externalId, signal);
        return container === null ? null : observeInspected(container, engine.endpoint.hostAddress);
      }),
    start: ({ externalId }, signal) =>
      engine.ask({ method: "POST", path: `${pathOf(externalId)}/start` }, () => undefined, signal),
    reboot: ({ externalId }, signal) => reboot(engine, externalId, signal),
    destroy: ({ externalId }, signal) => destroy(session, externalId, signal),
    console: ({ externalId }, signal) => readConsole(session, externalId, signal),
    list: (installation, _cursor, signal) => list(session, installation, signal),
    watch: (installation, changed, signal) =>
      watchEngine(engine, { installation, changed, reconnectMs: RECONNECT_MS }, signal),
    // Nobody is logged in, but for ssh, which is with each connection that is kept.
    [Symbol.asyncDispose]: async () => engine.endpoint.way.kept.destroy(),
  };
}

/** Docker's own, where neither the blueprint nor the account names one. */
const USUAL_NETWORK = "bridge";

function networkFor({ where }: Pick<Settings, "where">, asked: Where): string {
  const [network = USUAL_NETWORK] = whereIn(where, REALM, asked).networks ?? [];
  return network;
}

const pathOf = (externalId: string): string => `/containers/${encodeURIComponent(externalId)}`;

async function create(session: Session, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  // Of a volume that is not there the engine would make an empty one.
  const lacking = await beforehand(readLackingVolumes(session.engine, request.where.volumes ?? [], signal));
  if (lacking !== null) throw volumeFault(lacking);
  const path = `/containers/create?name=${encodeURIComponent(request.name)}`;
  const externalId = await session.engine.ask(
    { method: "POST", path, body: containerFor(session, request) },
    readCreatedId,
    signal,
  );
  const { name } = request;
  const unknown = { fault: null, privateAddress: null, publicAddress: null, handle: null } as const;
  return { externalId, name, realm: REALM, state: "stopped", ...unknown };
}

/** The body of the create: https://docs.docker.com/reference/api/engine/ (ContainerCreate). */
function containerFor(session: Settings, request: CreateRequest): unknown {
  const { userData, image, labels } = request;
  const memory = Math.round(request.memoryMib * MIB);
  const ports = session.publish ? request.ports.map((port) => ({ key: `${port}/tcp`, port: String(port) })) : [];
  return {
    Image: image,
    Labels: labels,
    Env: userData === "" ? [] : [VARIABLE + userData],
    // A script is the first program of the machine, as with cloud-init; whatever the image would run stays away.
    ...(userData.startsWith("#!") ? { Entrypoint: ["/bin/sh", "-c"], Cmd: [userData] } : {}),
    ExposedPorts: Object.fromEntries(ports.map(({ key }) => [key, {}])),
    HostConfig: {
      NanoCpus: Math.round(request.cpu * 1e9),
      Memory: memory,
      // No swap on top: the limit means what it says.
      MemorySwap: memory,
      NetworkMode: networkFor(session, request.where),
      Mounts: (request.where.volumes ?? []).map(mountFor),
      RestartPolicy: { Name: "no" },
      PortBindings: Object.fromEntries(ports.map(({ key, port }) => [key, [{ HostPort: port }]])),
    },
  };
}

function mountFor(volume: string): unknown {
  const { name, path, isReadOnly } = mountOf(volume);
  return { Type: "volume", Source: name, Target: path, ReadOnly: isReadOnly };
}

async function lookup(
  session: Session,
  of: { installation: string; name: string },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const container = await inspect(session.engine, of.name, signal);
  // The engine also takes the beginning of an id for a name.
  if (container === null || container.name !== of.name || !isOf(container, of.installation)) return [];
  return [observeInspected(container, session.engine.endpoint.hostAddress)];
}

function isOf(container: Container, installation: string): boolean {
  return container.labels[OWNER_LABELS.installation] === installation;
}

async function list(session: Session, installation: string, signal: AbortSignal): Promise<Listing> {
  const { engine } = session;
  const filters = JSON.stringify({ label: [`${OWNER_LABELS.installation}=${installation}`] });
  const path = `/containers/json?all=1&filters=${encodeURIComponent(filters)}`;
  const containers = await engine.ask({ method: "GET", path }, readContainers, signal);
  const machines: Observed[] = [];
  for (const container of containers) {
    if (!needsInspection(container)) {
      machines.push(observeContainer(container, engine.endpoint.hostAddress));
      continue;
    }
    const inspected = await inspect(engine, container.id, signal);
    if (inspected !== null) machines.push(observeInspected(inspected, engine.endpoint.hostAddress));
  }
  return { machines, next: null, unlisted: [] };
}

async function reboot(engine: Engine, externalId: string, signal: AbortSignal): Promise<void> {
  try {
    await engine.ask({ method: "POST", path: `${pathOf(externalId)}/restart?t=${END_S}` }, () => undefined, signal);
  } catch (error) {
    throw error instanceof ProviderFault ? rebootFault(error) : error;
  }
}

async function destroy(session: Session, externalId: string, signal: AbortSignal): Promise<void> {
  const path = `${pathOf(externalId)}?force=true&v=true`;
  try {
    await session.engine.ask({ method: "DELETE", path }, () => undefined, signal);
  } catch (error) {
    if (error instanceof ProviderFault && ["container_missing", "removal_under_way"].includes(error.fault.code)) return;
    throw error;
  }
}

async function readConsole(session: Session, externalId: string, signal: AbortSignal): Promise<string | null> {
  const path = `${pathOf(externalId)}/logs?stdout=1&stderr=1&tail=${CONSOLE_LINES}`;
  try {
    const chunks = await orNull(session.engine.follow({ method: "GET", path }, signal));
    return chunks === null ? null : await readFrames(chunks);
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.code === "logs_unreadable") return null;
    throw error;
  }
}
