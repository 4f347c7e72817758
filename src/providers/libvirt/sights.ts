// What is seen of machines: by name, by id, in lists. One is absent only where libvirt itself says so, and when no volume is left of it.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { CONSOLE_BYTES_MAX, consoleTail } from "../../ports/console-tail.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Found, type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import {
  type AddressSource,
  type Domain,
  domainAddresses,
  domainById,
  domainMarks,
  domainNamed,
  domains,
  domainState,
  downloadVolume,
  volumeBytes,
} from "./calls.ts";
import { type Desk, REALM } from "./desk.ts";
import { isRefusal } from "./faults.ts";
import { PREFIX } from "./names.ts";
import { hasAddresses, observe } from "./observe.ts";
import { observeLone, type Part, partsIn, partsOf } from "./parts.ts";

/** libvirt finds a domain by one name at a time; its volumes are listed once for all whose domain is missing. */
export function lookup(
  desk: Desk,
  { installation, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  let listed: Promise<readonly Part[]> | null = null;
  return findEach(machines, async ({ name }) => {
    const domain = await domainNamed(desk.sights, name, signal);
    const seen = domain === null ? null : await observed(desk, { domain, installation }, signal);
    if (seen !== null) return [seen];
    const parts = await (listed ??= partsIn(desk, desk.settings.pool, signal));
    const lone = observeLone(parts.filter((part) => part.owner === installation && part.machine === name));
    return lone === null ? [] : [lone];
  });
}

export function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  return lookEach(machines, async (machine) => {
    const domain = await domainById(desk.sights, machine.externalId, signal);
    const seen = domain === null ? null : await observed(desk, { domain, installation: null }, signal);
    return seen ?? observeLone(await ownParts(desk, machine, signal));
  });
}

/** Where its pool is not there, nothing can be said of this machine alone. */
async function ownParts(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<readonly Part[]> {
  try {
    return await partsOf(desk, machine, signal);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new ProviderFault({ ...error.fault, scope: "realm" }, { cause: error });
  }
}

/** Null: it has gone meanwhile, or is not this installation's, where one is told. */
async function observed(
  desk: Desk,
  { domain, installation }: { readonly domain: Domain; readonly installation: string | null },
  signal: AbortSignal,
): Promise<Observed | null> {
  const { sights } = desk;
  const marks = await domainMarks(sights, domain.uuid, signal);
  if (installation !== null && marks?.owner !== installation) return null;
  const state = await orNull(domainState(sights, domain.uuid, signal));
  if (state === null) return null;
  const address = hasAddresses(state) ? await addressOf(desk, domain.uuid, signal) : null;
  return observe(domain, { state, marks, address });
}

/** The guest's agent is asked only where the network has lent nothing, and the host's neighbours last: they may be out of date. */
const SOURCES: readonly AddressSource[] = ["lease", "agent", "arp"];

/** Of its first interface that has one; null: nobody knows one yet. */
async function addressOf({ sights }: Desk, uuid: string, signal: AbortSignal): Promise<string | null> {
  for (const source of SOURCES) {
    const addresses = await addressesBy();
    const fitting = addresses.filter((address) => !/^(?:fe80:|127\.|::1$)/i.test(address));
    const found = fitting.find((address) => !address.includes(":")) ?? fitting[0];
    if (found !== undefined) return found;

    async function addressesBy(): Promise<readonly string[]> {
      try {
        return await domainAddresses(sights, { uuid, source }, signal);
      } catch (error) {
        // No agent, a network that lends nothing, a host that does not tell: the next one may know.
        if (isRefusal(error)) return [];
        throw error;
      }
    }
  }
  return null;
}

/** Volumes first: one whose machine is defined meanwhile does not stand alone. */
export async function list(desk: Desk, installation: string, signal: AbortSignal): Promise<Listing> {
  const parts = await listedParts(desk, signal);
  const all = await domains(desk.sights, signal);
  const named = all.filter(({ name }) => name.startsWith(PREFIX));
  const seen = await Promise.all(named.map((domain) => observed(desk, { domain, installation }, signal)));
  const machines = seen.filter((one) => one !== null);
  const there = new Set(named.map(({ name }) => name));
  const lone = (parts ?? []).filter((part) => part.owner === installation && !there.has(part.machine));
  const byMachine = Map.groupBy(lone, ({ machine }) => machine);
  const alone = [...byMachine.values()].flatMap((some) => observeLone(some) ?? []);
  return { machines: [...machines, ...alone], next: null, unlisted: parts === null ? [REALM] : [] };
}

/** Null: the pool cannot be listed, so that nobody is proven absent. */
async function listedParts(desk: Desk, signal: AbortSignal): Promise<readonly Part[] | null> {
  try {
    return await partsIn(desk, desk.settings.pool, signal);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

export async function readConsole(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  const domain = await domainById(desk.sights, machine.externalId, signal);
  if (domain === null) return null;
  const parts = await partsOf(desk, machine, signal);
  const console = parts.find(({ name, kind }) => kind === "console" && name.endsWith(".console"));
  const bytes = console === undefined ? null : await volumeBytes(desk.sights, console, signal);
  if (console === undefined || bytes === null) return null;
  if (bytes === 0) return "";
  const from = Math.max(0, bytes - CONSOLE_BYTES_MAX);
  const tail = await downloadVolume(desk.sights, { ...console, from, length: bytes - from }, signal);
  return consoleTail(tail);
}
