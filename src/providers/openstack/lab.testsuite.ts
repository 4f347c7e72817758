// The OpenStack control plane of the tests: the one that SLIPWAY_TEST_OPENSTACK tells of (scripts/ci/with-openstack.sh), what its operator
// can do to it, and how it is left empty.

import { orNull } from "../../cloud-http/faults.ts";
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Desk, deskOf } from "./desk.ts";
import { readDescription } from "./names.ts";
import type { FoundPart } from "./neutron.ts";
import { deleteServer, listServers } from "./nova.ts";
import { findParts, removeParts } from "./parts.ts";
import { parseAccount } from "./account.ts";
import type { Server } from "./schema.ts";
import { openSession, type Session } from "./session.ts";

const File = z.object({
  authUrl: z.string(),
  user: z.string(),
  password: z.string(),
  project: z.string(),
  projectId: z.string(),
  /** In no project. */
  stranger: z.string(),
  /** May look, and make nothing. */
  reader: z.string(),
  admin: z.object({ user: z.string(), project: z.string() }),
  image: z.string(),
  imageName: z.string(),
  network: z.string(),
  publicNetwork: z.string(),
  hosts: z.record(z.string(), z.string()),
  quota: z.record(z.string(), z.number()),
  faults: z.string(),
  pids: z.string(),
});

const calm = (): AbortSignal => new AbortController().signal;

function read(): z.infer<typeof File> {
  const path = process.env["SLIPWAY_TEST_OPENSTACK"];
  if (path === undefined)
    throw new Error("SLIPWAY_TEST_OPENSTACK is not set: run scripts/ci/with-openstack.sh COMMAND");
  return File.parse(JSON.parse(readFileSync(path, "utf8")));
}

export const LAB = read();

export const SETTINGS = {
  authUrl: LAB.authUrl,
  user: LAB.user,
  project: LAB.project,
  where: { "*": { networks: [LAB.network] } },
} as const;
/** Each machine gets a floating address. */
export const PUBLIC = {
  floatingNetwork: LAB.publicNetwork,
  where: { "*": { networks: [LAB.network], publicAddress: true } },
} as const;
export const CREDENTIALS = { password: LAB.password } as const;

/** Of the project's own user, and of the cloud's operator. */
const testing = parseAccount({ settings: { ...SETTINGS, ...PUBLIC } }, CREDENTIALS);
export const tester: Session = openSession(testing);
const desk: Desk = deskOf(tester, testing);
const admin: Session = openSession(parseAccount({ settings: { authUrl: LAB.authUrl, ...LAB.admin } }, CREDENTIALS));

const compute = { service: "compute" } as const;

export async function allServers(): Promise<readonly Server[]> {
  const { servers } = await listServers(tester, null, calm());
  return servers;
}

/** Keys, ports and floating addresses that were made for machines of whatever installation, or of none. */
export async function allParts(): Promise<readonly FoundPart[]> {
  const parts = await findParts(desk, { keys: true }, calm());
  return parts.filter(
    ({ description, server }) => readDescription(description) !== null || (server === null && description !== ""),
  );
}

/** Servers that something is being done to. */
const IN_TRANSIT = (server: Server): boolean =>
  server.status === "BUILD" || (server["OS-EXT-STS:task_state"] ?? null) !== null;

export async function settled(): Promise<void> {
  await untilSo(async () => !(await allServers()).some(IN_TRANSIT));
}

export async function emptied(): Promise<void> {
  await untilSo(async () => {
    const servers = await allServers();
    for (const { id } of servers) await orNull(deleteServer(tester, id, calm()));
    return servers.length === 0;
  });
  await removeParts(desk, await allParts(), calm());
}

const WAITED_MOST_MS = 60_000;

export async function untilSo(is: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await is())) {
    if (performance.now() - begun > WAITED_MOST_MS) throw new Error("the cloud does not come to rest");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function setQuota(quota: Readonly<Record<string, number>>): Promise<void> {
  const path = `/os-quota-sets/${LAB.projectId}`;
  await admin.ask({ ...compute, method: "PUT", path, body: { quota_set: quota }, read: () => undefined }, calm());
}

const readServices = (value: unknown) =>
  z.object({ services: z.array(z.object({ id: z.string(), host: z.string() })) }).parse(value).services;

/** The operator's switch: the scheduler leaves the host alone. */
export async function setHost(host: string, status: "enabled" | "disabled"): Promise<void> {
  const path = "/os-services?binary=nova-compute";
  const services = await admin.ask({ ...compute, method: "GET", path, read: readServices }, calm());
  const { id } = services.find((service) => service.host === host) ?? {};
  const at = `/os-services/${id}`;
  await admin.ask({ ...compute, method: "PUT", path: at, body: { status }, read: () => undefined }, calm());
}

/** As if its host had given it up. */
export async function breakServer(id: string): Promise<void> {
  const body = { "os-resetState": { state: "error" } };
  const path = `/servers/${id}/action`;
  await admin.ask({ ...compute, method: "POST", path, body, read: () => undefined }, calm());
}

interface ApiFault {
  readonly method: "POST" | "GET" | "DELETE";
  /** What the path ends with. */
  readonly path: string;
  readonly status: number;
  /** Carried out first. */
  readonly when?: "after";
  readonly headers?: Readonly<Record<string, string>>;
  /** In each of Nova's two processes. */
  readonly times?: number;
}

interface LabFaults {
  readonly api?: readonly ApiFault[];
  /** By a part of the server's name. */
  readonly boot?: Readonly<Record<string, { readonly seconds?: number; readonly fails?: "abort" | "host" }>>;
}

export function setFaults({ api = [], boot = {} }: LabFaults): void {
  // What Nova counts `times` by: the same rule again is another one.
  const told = api.map((fault) => ({ ...fault, id: randomUUID() }));
  writeFileSync(`${LAB.faults}.new`, JSON.stringify({ api: told, boot }));
  renameSync(`${LAB.faults}.new`, LAB.faults);
}

/** Stops a service where it stands, or lets it go on. */
export function signalService(name: string, signal: "SIGSTOP" | "SIGCONT"): void {
  process.kill(-Number(readFileSync(join(LAB.pids, name), "utf8")), signal);
}

/** Nothing is wrong with it, and nothing in it. */
export async function freshLab(): Promise<void> {
  rmSync(LAB.faults, { force: true });
  await setQuota(LAB.quota);
  for (const host of Object.keys(LAB.hosts)) await setHost(host, "enabled");
  await emptied();
}
