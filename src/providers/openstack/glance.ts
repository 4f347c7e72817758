// Glance's images: https://docs.openstack.org/api-ref/image/v2/

import type { ImageChoice, ImagesPage } from "../../ports/provider.ts";
import { readImages } from "./schema.ts";
import type { Session } from "./session.ts";

const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const PROPERTIES = "property:";
/** Newer Glance takes a value in quotes as it is, whatever commas it has. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

/** By id, else by properties (`property:os_distro=debian,os_version=12`: the newest with all of them), else by name, where one alone has it. */
export async function imageOf(session: Session, choice: string, signal: AbortSignal): Promise<ImageChoice> {
  if (choice.startsWith(PROPERTIES)) return newestWith(session, choice.slice(PROPERTIES.length), signal);
  if (ID.test(choice)) {
    const [byId] = await images(session, { id: `in:${choice}` }, signal);
    if (byId !== undefined) return { image: byId };
  }
  // Glance reads `in:` and commas in a name as a list.
  const isPlain = !/[,:]/.test(choice);
  const [first, ...others] = await images(session, { name: isPlain ? choice : `in:${quoted(choice)}` }, signal);
  if (first === undefined) return { image: null, text: null };
  if (others.length === 0) return { image: first };
  return { image: null, text: `several images are called ${choice} there; use an id` };
}

async function newestWith(session: Session, text: string, signal: AbortSignal): Promise<ImageChoice> {
  const wanted = text.split(",").map((pair) => pair.trim().split("="));
  const pairs = wanted.map(([key = "", ...value]) => [key.trim(), value.join("=").trim()] as const);
  if (pairs.some(([key, value]) => key === "" || value === "")) {
    return { image: null, text: `${PROPERTIES}${text} must look like ${PROPERTIES}os_distro=debian,os_version=12` };
  }
  const query = { ...Object.fromEntries(pairs), sort: "created_at:desc" };
  const [newest] = await images(session, query, signal);
  return newest === undefined ? { image: null, text: `no image there has the properties ${text}` } : { image: newest };
}

/** As many as Glance gives at once. */
const PAGE = 1_000;

/**
 * One page of what can be chosen: each image by its id, and where all of them are on one page, by a name that it alone has; else another
 * page might have it too.
 */
export async function imagesPage(
  { ask }: Session,
  { cursor, realms }: { readonly cursor: string | null; readonly realms: readonly string[] },
  signal: AbortSignal,
): Promise<ImagesPage> {
  const at = { status: "active", limit: String(PAGE), ...(cursor === null ? {} : { marker: cursor }) };
  const path = `/v2/images?${new URLSearchParams(at).toString()}`;
  const page = await ask({ service: "image", method: "GET", path, read: readImages }, signal);
  const isWhole = cursor === null && page.next === undefined;
  const byName = Map.groupBy(page.images, ({ name }) => name ?? "");
  const images = page.images.flatMap(({ id, name }) => {
    const isAlone = isWhole && typeof name === "string" && name !== "" && byName.get(name)?.length === 1;
    const choices = isAlone ? [name, id] : [id];
    return realms.flatMap((realm) => choices.map((choice) => ({ realm, choice, image: id })));
  });
  const next = page.next === undefined ? null : URL.parse(page.next, "http://localhost")?.searchParams.get("marker");
  return { images, next: next ?? null };
}

/** Ids of the first two that can be used. */
async function images(
  { ask }: Session,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `/v2/images?${new URLSearchParams({ ...query, status: "active", limit: "2" }).toString()}`;
  const answer = await ask({ service: "image", method: "GET", path, read: readImages }, signal);
  return answer.images.map(({ id }) => id);
}
