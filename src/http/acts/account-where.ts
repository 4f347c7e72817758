// Whether what an account itself says of where machines are put is there: launches would be told so one by one, who checks it wants to know at once.

import type { Account } from "../../core/account.ts";
import { ALL_REALMS, type WhereKey } from "../../core/blueprint/model.ts";
import { sectionsOf } from "../../core/market/where.ts";
import { briefFault } from "../../core/story/brief.ts";
import { redactFault } from "../../core/secrecy/redact.ts";
import { type Cloud, ProviderFault } from "../../ports/provider.ts";

/** Realms that are asked for at most, and at once. */
const REALMS_MOST = 20;
const AT_ONCE = 4;

interface Asked {
  readonly account: Pick<Account, "settings" | "realms">;
  /** What the provider's form takes. */
  readonly taken: readonly WhereKey[];
  readonly secrets: readonly string[];
}

/** In one line; null where all is there, or nothing is said. */
export async function lackingOf(cloud: Cloud, asked: Asked, signal: AbortSignal): Promise<string | null> {
  const sections = sectionsOf(asked.account, asked.taken);
  if (sections.size === 0 || cloud.lacks === undefined) return null;
  const known = await cloud.realms(signal);
  const strange = [...sections.keys()].filter((realm) => realm !== ALL_REALMS && !known.includes(realm));
  const only = new Set(Object.values(asked.account.realms));
  const used = known.filter((realm) => only.size === 0 || only.has(realm));
  const concerned = used.filter((realm) => sections.has(realm) || sections.has(ALL_REALMS)).slice(0, REALMS_MOST);
  const found: (readonly [realm: string, text: string])[] = [];
  for (let from = 0; from < concerned.length; from += AT_ONCE) {
    const some = concerned.slice(from, from + AT_ONCE);
    const texts = await Promise.all(some.map((realm) => lackedIn(cloud, { realm, secrets: asked.secrets }, signal)));
    for (const [place, text] of texts.entries()) if (text !== null) found.push([some[place] ?? "", text]);
  }
  const byText = Map.groupBy(found, ([, text]) => text);
  const lines = [...byText].map(([text, of]) =>
    of.length === concerned.length ? text : `in ${of.map(([realm]) => realm).join(", ")}: ${text}`,
  );
  if (strange.length > 0) lines.push(`there is no realm ${strange.join(", ")}; it has ${known.join(", ")}`);
  return lines.length === 0 ? null : lines.join("; ");
}

interface Place {
  readonly realm: string;
  readonly secrets: readonly string[];
}

async function lackedIn(cloud: Cloud, { realm, secrets }: Place, signal: AbortSignal): Promise<string | null> {
  try {
    return (await cloud.lacks?.({}, realm, signal)) ?? null;
  } catch (error) {
    if (signal.aborted) return "it could not be asked in time";
    if (!(error instanceof ProviderFault)) throw error;
    return `it could not be asked: ${briefFault(redactFault(error.fault, secrets)).text}`;
  }
}
