// The simulated cloud as a provider: what a tenant of the datacentre can do, in Slipway's words. See README.md.

import { parseAddress, parseTrust, TRUST_FIELDS } from "../../cloud-http/address.ts";
import { openWay } from "../../cloud-http/way.ts";
import type { Account } from "../../core/account.ts";
import type { Readiness } from "../../core/blueprint/model.ts";
import { isLoopback } from "../../core/loopback.ts";
import { type CreateRequest, type Observed, type ObservedState, OWNER_LABELS } from "../../core/machine.ts";
import { refuseUnknownFields, requiredText } from "../../ports/account-form.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import { type Cloud, type Listing, type Provider, ProviderFault, type ProviderTraits } from "../../ports/provider.ts";
import type { Probed } from "../../ports/reach.ts";
import type { Machine, MachineState, ProbeAnswer } from "../../../datacentre/src/cloud-api.ts";
import { connectOverHttp, type SimAccess, type TenantCloud } from "./client.ts";
import { asked, machineFault } from "./faults.ts";
import { CUSTOM, imageOf, imagesPage, lastingSize, quotasOf, sizesPage } from "./offers.ts";

/** How the tenant's cloud is reached: over HTTP, or in process in tests and simulations. */
export type Connect = (to: SimAccess) => TenantCloud;

const TRAITS: ProviderTraits = {
  visibilityMs: 10_000,
  callTimeoutMs: { create: 30_000, other: 15_000 },
  usualBootMs: 1_000,
  userDataBytesMost: 16_384,
};

/** `connect`: over HTTP unless told. `traits` replaces single traits, for datacentres that are slower to show their machines. */
export function simProvider(given: { connect?: Connect; traits?: Partial<ProviderTraits> } = {}): Provider {
  const { connect = connectOverHttp } = given;
  return {
    name: "sim",
    traits: { ...TRAITS, ...given.traits },
    open(account, credentials) {
      const access = parseAccount(account, credentials);
      return openCloud(connect(access), isLoopback(String(account.settings["url"])));
    },
  };
}

function parseAccount(account: Pick<Account, "settings">, credentials: Readonly<Record<string, string>>): SimAccess {
  const { settings } = account;
  refuseUnknownFields(settings, ["url", "tenant", ...TRUST_FIELDS]);
  refuseUnknownFields(credentials, ["key"]);
  const text = requiredText(settings, "url", "the datacentre's address, such as http://127.0.0.1:7071");
  const to = parseAddress(text, { field: "url", example: "http://127.0.0.1:7071" });
  const tenant = requiredText(settings, "tenant", "the name of a tenant of the datacentre");
  const key = requiredText(credentials, "key", "the tenant's key");
  return { way: openWay({ to, trust: parseTrust(settings, to) }), tenant, key };
}

/** `isHere`: the datacentre is on this machine, and whoever speaks for its machines too. */
function openCloud(api: TenantCloud, isHere: boolean): Cloud {
  return {
    sharesLoopback: isHere,
    realms: async (signal) => (await asked(api.realms(signal))).map(({ name }) => name),
    sizes: (cursor, signal) => sizesPage(api, cursor, signal),
    usage: async (signal) => quotasOf(await asked(api.usage(signal))),
    image: (choice, realm, signal) => imageOf(api, { choice, realm }, signal),
    images: (cursor, signal) => imagesPage(api, cursor, signal),
    create: (request, signal) => create(api, request, signal),
    lookup: (installation, name, signal) => lookup(api, { installation, name }, signal),
    look: async (externalId, signal) => {
      const machine = await orNull(asked(api.get(externalId, signal)));
      return machine === null ? null : observe(machine);
    },
    start: async (externalId, signal) => {
      await asked(api.start(externalId, signal));
    },
    destroy: async (externalId, signal) => {
      await orNull(asked(api.remove(externalId, signal)));
    },
    console: async (externalId, signal) => {
      const output = await orNull(asked(api.console(externalId, signal)));
      return output === null ? null : consoleTail(new TextEncoder().encode(output));
    },
    list: (installation, cursor, signal) => list(api, { installation, cursor }, signal),
    probe: (externalId, check, signal) => probe(api, { externalId, check }, signal),
  };
}

async function create(api: TenantCloud, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  const { name, realm, image, userData, labels, cpu, memoryMib, storageGib } = request;
  const size = lastingSize(request.size);
  const measure = size === CUSTOM ? { measure: { cpu, memoryMib, storageGib } } : {};
  // The machine's own name is the token: the same intent sent twice is the same machine.
  return observe(
    await asked(api.create({ name, realm, size, ...measure, image, userData, labels, token: name }, signal)),
  );
}

async function lookup(
  api: TenantCloud,
  of: { installation: string; name: string },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const machines = await asked(api.findByName(of.name, signal));
  return machines
    .filter((machine) => machine.labels[OWNER_LABELS.installation] === of.installation)
    .filter(({ name, state }) => name === of.name && state !== "terminated")
    .map(observe);
}

async function list(
  api: TenantCloud,
  of: { installation: string; cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const labels = { [OWNER_LABELS.installation]: of.installation };
  const page = await asked(api.list({ labels, ...(of.cursor === null ? {} : { cursor: of.cursor }) }, signal));
  return { machines: page.machines.map(observe), next: page.next, complete: page.unreachableRealms.length === 0 };
}

async function probe(
  api: TenantCloud,
  of: { externalId: string; check: Readiness },
  signal: AbortSignal,
): Promise<Probed> {
  const { check, externalId } = of;
  switch (check.kind) {
    case "provider": {
      const { state } = await asked(api.get(externalId, signal));
      return state === "running" ? { passed: true } : { passed: false, answer: state };
    }
    case "tcp":
    case "http":
      return probedBy(await asked(api.probe(externalId, check, signal)));
    case "callback":
      // Only the machine itself can say so.
      return { passed: false, answer: "it did not call" };
  }
}

function probedBy(answer: ProbeAnswer): Probed {
  if (answer === "closed") return { passed: false, answer: "connection refused" };
  if (answer === "open" || (answer >= 200 && answer < 400)) return { passed: true };
  return { passed: false, answer: String(answer) };
}

const OBSERVED: ReadonlyMap<string, ObservedState> = new Map<MachineState, ObservedState>([
  ["pending", "pending"],
  ["running", "running"],
  ["stopped", "stopped"],
  ["stopping", "stopping"],
  ["error", "error"],
  ["terminated", "gone"],
]);

function observe(machine: Machine): Observed {
  const { id, name, state, fault, privateAddress, publicAddress } = machine;
  return {
    externalId: id,
    name,
    state: OBSERVED.get(state) ?? "unknown",
    fault: fault === null ? null : machineFault(fault),
    privateAddress,
    publicAddress,
  };
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "not_found") return null;
    throw error;
  }
}
