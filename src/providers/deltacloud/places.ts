// Where a machine is put, as far as Deltacloud's drivers let it be said: its key, and the firewalls it stands behind.

import type { Where } from "../../core/blueprint/model.ts";
import type { Desk } from "./desk.ts";
import { entryOf, featureOf } from "./entry.ts";
import { accountFault } from "./faults.ts";
import { type Named, readFirewalls, readKeys } from "./schema.ts";

interface Found {
  /** Fields of a create. */
  readonly fields: Readonly<Record<string, string>>;
  /** In words, what is not there. */
  readonly missing: readonly string[];
}

const NOTHING: Found = { fields: {}, missing: [] };

/** What of this is not there, in words; null: all of it is. */
export async function lacks(desk: Desk, where: Where, signal: AbortSignal): Promise<string | null> {
  const { missing } = await placeOf(desk, where, signal);
  return missing.length === 0 ? null : missing.join("; ");
}

/** Fields of a create. Throws a fault of the account for what is not there. */
export async function placeFields(
  desk: Desk,
  where: Where,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { fields, missing } = await placeOf(desk, where, signal);
  if (missing.length > 0) throw accountFault("place_missing", missing.join("; "));
  return fields;
}

async function placeOf(desk: Desk, { key, securityGroups }: Where, signal: AbortSignal): Promise<Found> {
  const ofKey = key === undefined ? NOTHING : await keyOf(desk, key, signal);
  const ofGroups = securityGroups === undefined ? NOTHING : await firewallsOf(desk, securityGroups, signal);
  return { fields: { ...ofKey.fields, ...ofGroups.fields }, missing: [...ofKey.missing, ...ofGroups.missing] };
}

async function keyOf(desk: Desk, key: string, signal: AbortSignal): Promise<Found> {
  const entry = await entryOf(desk, signal);
  if (featureOf(entry, "authentication_key") === null || !entry.collections.has("keys")) {
    return { ...NOTHING, missing: [`the driver ${entry.driver} takes no ssh key`] };
  }
  const found = named(await desk.session.ask({ path: "/keys", read: readKeys }, signal), key);
  return found === null
    ? { ...NOTHING, missing: [`there is no ssh key ${key}`] }
    : { ...NOTHING, fields: { keyname: found.id } };
}

/** https://deltacloud.apache.org/rest-api.html: `firewalls1`, `firewalls2` and so on. */
async function firewallsOf(desk: Desk, groups: readonly string[], signal: AbortSignal): Promise<Found> {
  if (groups.length === 0) return NOTHING;
  const entry = await entryOf(desk, signal);
  if (featureOf(entry, "firewalls") === null || !entry.collections.has("firewalls")) {
    return { ...NOTHING, missing: [`the driver ${entry.driver} takes no security groups`] };
  }
  const all = await desk.session.ask({ path: "/firewalls", read: readFirewalls }, signal);
  const found = groups.map((group) => ({ group, firewall: named(all, group) }));
  return {
    fields: Object.fromEntries(
      found.flatMap(({ firewall }, index) => (firewall === null ? [] : [[`firewalls${index + 1}`, firewall.id]])),
    ),
    missing: found.flatMap(({ group, firewall }) => (firewall === null ? [`there is no security group ${group}`] : [])),
  };
}

const named = (all: readonly Named[], wanted: string): Named | null =>
  all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted) ?? null;
