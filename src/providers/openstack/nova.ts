// Nova's servers, flavors and zones: https://docs.openstack.org/api-ref/compute/

import { type PageOf, pages } from "../../cloud-http/pages.ts";
import { filtersFor, type Part } from "./names.ts";
import {
  type Flavor,
  readConsole,
  readCreated,
  readFlavors,
  readKey,
  readKeys,
  readServer,
  readServerIds,
  readServers,
  readZones,
  type Server,
} from "./schema.ts";
import type { Session } from "./session.ts";

const PAGE = 1_000;

const compute = { service: "compute" } as const;
const reading = { ...compute, method: "GET" } as const;
const nothing = (): void => undefined;

const pathOf = (id: string): string => `/servers/${encodeURIComponent(id)}`;

/** Throws a fault of class not_found where Nova says that there is no such server. */
export async function getServer({ ask }: Session, id: string, signal: AbortSignal): Promise<Server> {
  return (await ask({ ...reading, path: pathOf(id), read: readServer }, signal)).server;
}

export interface ServersPage {
  readonly servers: readonly Server[];
  readonly next: string | null;
}

/**
 * One page of all servers of the project. Only where nothing is filtered or limited does Nova also tell of servers in cells that do not
 * answer, and it does so on the first page.
 */
export async function listServers({ ask }: Session, cursor: string | null, signal: AbortSignal): Promise<ServersPage> {
  const path =
    cursor === null ? "/servers/detail" : `/servers/detail?${query({ limit: String(PAGE), marker: cursor })}`;
  const { servers, servers_links: links } = await ask({ ...reading, path, read: readServers }, signal);
  return { servers, next: markerIn(links) };
}

/** Those with one of these names, of cells that answer. */
export async function serversNamed(
  session: Session,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Server[]> {
  const all = await Promise.all(filtersFor(names).map((name) => serversLike(session, name, signal)));
  const wanted = new Set(names);
  return all.flat().filter(({ name }) => name !== undefined && wanted.has(name));
}

async function serversLike({ ask }: Session, name: string, signal: AbortSignal): Promise<readonly Server[]> {
  const servers: Server[] = [];
  const page = async (marker: string | null): Promise<PageOf<Server>> => {
    const at = marker === null ? { name } : { name, limit: String(PAGE), marker };
    const asked = { ...reading, path: `/servers/detail?${query(at)}`, read: readServers };
    const { servers: items, servers_links: links } = await ask(asked, signal);
    return { items, next: markerIn(links) };
  };
  for await (const server of pages(page, { signal })) servers.push(server);
  return servers;
}

/** True when Nova tells of a server without being able to name it. */
export async function hasSilentCell({ ask }: Session, signal: AbortSignal): Promise<boolean> {
  const { servers } = await ask({ ...reading, path: "/servers", read: readServerIds }, signal);
  return servers.some(({ name }) => name === undefined);
}

/** The new server's id. */
export async function createServer({ ask }: Session, server: object, signal: AbortSignal): Promise<string> {
  const asked = { ...compute, method: "POST", path: "/servers", body: { server }, read: readCreated } as const;
  return (await ask(asked, signal)).server.id;
}

export function deleteServer({ ask }: Session, id: string, signal: AbortSignal): Promise<void> {
  return ask({ ...compute, method: "DELETE", path: pathOf(id), read: nothing }, signal);
}

/** The guest is asked first; where it does not end by itself Nova cuts it off, after two minutes unless its operator has set another time. */
const GENTLY = { type: "SOFT" } as const;

/** `forceDelete` ends also what was deleted for a while only (SOFT_DELETED). */
export function actOn(
  { ask }: Session,
  { id, action }: { readonly id: string; readonly action: "os-start" | "reboot" | "forceDelete" },
  signal: AbortSignal,
): Promise<void> {
  const body = { [action]: action === "reboot" ? GENTLY : null };
  return ask({ ...compute, method: "POST", path: `${pathOf(id)}/action`, body, read: nothing }, signal);
}

/** The last lines of its console. */
export async function readConsoleOf(
  { ask }: Session,
  { id, lines }: { readonly id: string; readonly lines: number },
  signal: AbortSignal,
): Promise<string | null> {
  const body = { "os-getConsoleOutput": { length: lines } };
  const asked = { ...compute, method: "POST", path: `${pathOf(id)}/action`, body, read: readConsole } as const;
  return (await ask(asked, signal)).output;
}

export async function flavorsPage(
  { ask }: Session,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<Flavor>> {
  const at = { limit: String(PAGE), ...(cursor === null ? {} : { marker: cursor }) };
  const asked = { ...reading, path: `/flavors/detail?${query(at)}`, read: readFlavors };
  const { flavors, flavors_links: links } = await ask(asked, signal);
  return { items: flavors, next: markerIn(links) };
}

/** Those too in which nothing can be made at present. */
export async function zoneNames({ ask }: Session, signal: AbortSignal): Promise<readonly string[]> {
  const { availabilityZoneInfo: zones } = await ask(
    { ...reading, path: "/os-availability-zone", read: readZones },
    signal,
  );
  return zones.map(({ zoneName }) => zoneName);
}

const keyPath = (name: string): string => `/os-keypairs/${encodeURIComponent(name)}`;

/** Keys are their user's, in whatever project. */
export async function createKey(
  { ask }: Session,
  { name, publicKey }: { readonly name: string; readonly publicKey: string },
  signal: AbortSignal,
): Promise<void> {
  const body = { keypair: { name, public_key: publicKey } };
  await ask({ ...compute, method: "POST", path: "/os-keypairs", body, read: readKey }, signal);
}

/** Throws a fault of class not_found where Nova says that there is no such key. */
export async function getKey({ ask }: Session, name: string, signal: AbortSignal): Promise<Part> {
  return { kind: "key", id: (await ask({ ...reading, path: keyPath(name), read: readKey }, signal)).keypair.name };
}

/** Throws a fault of class not_found where it is not there. */
export function deleteKey({ ask }: Session, name: string, signal: AbortSignal): Promise<void> {
  return ask({ ...compute, method: "DELETE", path: keyPath(name), read: nothing }, signal);
}

/** One page of the names of all keys of this user. */
export async function keysPage({ ask }: Session, cursor: string | null, signal: AbortSignal): Promise<PageOf<string>> {
  const at = { limit: String(PAGE), ...(cursor === null ? {} : { marker: cursor }) };
  const asked = { ...reading, path: `/os-keypairs?${query(at)}`, read: readKeys };
  const { keypairs, keypairs_links: links } = await ask(asked, signal);
  return { items: keypairs.map(({ keypair }) => keypair.name), next: markerIn(links) };
}

const query = (of: Readonly<Record<string, string>>): string => new URLSearchParams(of).toString();

/** Only the marker of a link is used: its address may be one that nobody but the cloud itself can reach. */
function markerIn(links: readonly { readonly rel: string; readonly href: string }[] = []): string | null {
  const next = links.find(({ rel }) => rel === "next");
  return next === undefined ? null : (URL.parse(next.href, "http://localhost")?.searchParams.get("marker") ?? null);
}
