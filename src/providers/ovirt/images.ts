// Templates as images. Versions of a template share its name; the newest of them counts unless one is named.

import { orNull } from "../../cloud-http/faults.ts";
import type { ImageChoice, ImagesPage } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { realms } from "./realms.ts";
import { readTemplate, readTemplates, type Template } from "./schema.ts";

const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** What the engine takes for names of templates; `name:version` names one of its versions by number or name. */
const NAMED = /^(?<name>[\p{L}\p{N}._-]+)(?::(?<version>.+))?$/u;

/** Every engine has it: a machine without disks. */
export const BLANK = "00000000-0000-0000-0000-000000000000";

/** By id, else by name. */
export async function imageOf({ session }: Desk, choice: string, signal: AbortSignal): Promise<ImageChoice> {
  if (ID.test(choice)) {
    const asked = { method: "GET", path: `/templates/${choice}`, read: readTemplate } as const;
    const template = await orNull(session.ask(asked, signal));
    return template === null ? { image: null, text: null } : usable([template], `the template ${choice}`);
  }
  const { name, version } = NAMED.exec(choice)?.groups ?? {};
  if (name === undefined) {
    signal.throwIfAborted();
    return { image: null, text: `${choice} is no name of a template; it must look like debian-12 or debian-12:2` };
  }
  const path = `/templates?search=${encodeURIComponent(`name=${name}`)}&case_sensitive=true`;
  const { template: found } = await session.ask({ method: "GET", path, read: readTemplates }, signal);
  const named = found.filter((template) => template.name === name && isVersion(template, version));
  return named.length === 0 ? { image: null, text: null } : usable(named, `the template ${choice}`);
}

const isVersion = ({ version }: Template, wanted: string | undefined): boolean =>
  wanted === undefined || version?.version_name === wanted || String(version?.version_number ?? 1) === wanted;

const versionOf = ({ version }: Template): number => version?.version_number ?? 1;

/** The newest whose disks are there. */
function usable(found: readonly Template[], what: string): ImageChoice {
  const ready = found.filter(({ status = "ok" }) => status === "ok");
  const [newest] = ready.toSorted((a, b) => versionOf(b) - versionOf(a));
  if (newest !== undefined) return { image: newest.id };
  return { image: null, text: `${what} is ${found[0]?.status ?? "not ready"}` };
}

/** Names of all templates that can be used. */
export async function imagesPage(desk: Desk, signal: AbortSignal): Promise<ImagesPage> {
  const [{ template: all }, names] = await Promise.all([
    desk.session.ask({ method: "GET", path: "/templates", read: readTemplates }, signal),
    realms(desk, signal),
  ]);
  const ready = all.filter(({ id, status = "ok" }) => status === "ok" && id !== BLANK);
  const newest = new Map<string, Template>();
  for (const template of ready) {
    const known = newest.get(template.name);
    if (known === undefined || versionOf(known) < versionOf(template)) newest.set(template.name, template);
  }
  const choices = [...newest.values()].flatMap(({ id, name }) => [
    { choice: name, image: id },
    { choice: id, image: id },
  ]);
  return { images: names.flatMap((realm) => choices.map((one) => ({ realm, ...one }))), next: null };
}
