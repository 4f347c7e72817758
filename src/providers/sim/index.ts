// The simulated cloud as a provider: what a tenant of the datacentre can do, in Slipway's words. See README.md.

import { parseAddress, parseTrust, TRUST_FIELDS } from "../../cloud-http/address.ts";
import { openWay } from "../../cloud-http/way.ts";
import type { Account } from "../../core/account.ts";
import type { Readiness } from "../../core/blueprint/model.ts";
import { isLoopback } from "../../core/loopback.ts";
import { type CreateRequest, type KnownMachine, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { refuseUnknownFields, requiredText } from "../../ports/account-form.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import { lookEach } from "../../ports/look-each.ts";
import { type Cloud, type Listing, type Look, type Provider, type ProviderTraits } from "../../ports/provider.ts";
import type { Probed } from "../../ports/reach.ts";
import type { ProbeAnswer } from "../../../datacentre/src/cloud-api.ts";
import { connectOverHttp, type SimAccess, type TenantCloud } from "./client.ts";
import { asked, orNull, realmFault } from "./faults.ts";
import { explained, explainedAbsence, observe } from "./observe.ts";
import { CUSTOM, imageOf, imagesPage, lastingSize, quotasOf, sizesPage } from "./offers.ts";

/** How the tenant's cloud is reached: over HTTP, or in process in tests and simulations. */
export type Connect = (to: SimAccess) => TenantCloud;

const TRAITS: ProviderTraits = {
  visibilityMs: 10_000,
  callTimeoutMs: { create: 30_000, other: 15_000 },
  usualBootMs: 1_000,
  lookMost: 100,
  userDataBytesMost: 16_384,
};

/** `connect`: over HTTP unless told. `traits` replaces single traits, for datacentres that are slower to show their machines. */
export function simProvider(given: { connect?: Connect; traits?: Partial<ProviderTraits> } = {}): Provider {
  const { connect = connectOverHttp } = given;
  return {
    name: "sim",
    open(account, credentials) {
      const access = parseAccount(account, credentials);
      const traits = { ...TRAITS, ...given.traits };
      return openCloud(connect(access), { traits, sharesLoopback: isLoopback(String(account.settings["url"])) });
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

function openCloud(api: TenantCloud, facts: Pick<Cloud, "traits" | "sharesLoopback">): Cloud {
  return {
    ...facts,
    realms: async (signal) => (await asked(api.realms(signal))).map(({ name }) => name),
    sizes: (cursor, signal) => sizesPage(api, cursor, signal),
    usage: async (signal) => quotasOf(await asked(api.usage(signal))),
    image: (choice, realm, signal) => imageOf(api, { choice, realm }, signal),
    images: (cursor, signal) => imagesPage(api, cursor, signal),
    create: (request, _keep, signal) => create(api, request, signal),
    lookup: (installation, { name }, signal) => lookup(api, { installation, name }, signal),
    look: (machines, signal) => look(api, machines, signal),
    start: async ({ externalId }, signal) => {
      await asked(api.start(externalId, signal));
    },
    destroy: async ({ externalId }, signal) => {
      await orNull(asked(api.remove(externalId, signal)));
    },
    console: async ({ externalId }, signal) => {
      const output = await orNull(asked(api.console(externalId, signal)));
      return output === null ? null : consoleTail(new TextEncoder().encode(output));
    },
    list: (installation, cursor, signal) => list(api, { installation, cursor }, signal),
    probe: ({ externalId }, check, signal) => probe(api, { externalId, check }, signal),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function create(api: TenantCloud, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  const { name, realm, image, userData, labels, cpu, memoryMib, storageGib } = request;
  const size = lastingSize(request.size);
  const measure = size === CUSTOM ? { measure: { cpu, memoryMib, storageGib } } : {};
  // The machine's own name is the token: the same intent sent twice is the same machine.
  const wanted = { name, realm, size, ...measure, image, userData, labels, token: name };
  return observe(await asked(api.create(wanted, signal)));
}

async function lookup(
  api: TenantCloud,
  of: { installation: string; name: string },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const machines = await asked(api.findByName(of.name, signal));
  const mine = machines
    .filter((machine) => machine.labels[OWNER_LABELS.installation] === of.installation)
    .filter(({ name, state }) => name === of.name && state !== "terminated");
  return Promise.all(mine.map((machine) => explained(api, machine, signal)));
}

/** One machine by itself; several at once, unless one that is missing fails the whole. */
async function look(
  api: TenantCloud,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  const together = machines.length > 1 ? await orNull(asked(api.getMany(machines.map(idOf), signal))) : null;
  if (together === null) {
    return lookEach(machines, async (wanted) => {
      const machine = await orNull(asked(api.get(wanted.externalId, signal)));
      return machine === null ? explainedAbsence(api, wanted, signal) : explained(api, machine, signal);
    });
  }
  const seen = new Map(together.machines.map((machine) => [machine.id, machine]));
  const down = machines.filter(
    ({ externalId, realm }) => !seen.has(externalId) && together.unreachableRealms.includes(realm),
  );
  const rest = await lookEach(
    machines.filter((machine) => !down.includes(machine)),
    async (wanted) => {
      const machine = seen.get(wanted.externalId);
      return machine === undefined ? explainedAbsence(api, wanted, signal) : explained(api, machine, signal);
    },
  );
  const unknown = down.map(({ name, realm }): [string, Look] => [name, { kind: "unknown", fault: realmFault(realm) }]);
  return new Map([...rest, ...unknown]);
}

const idOf = ({ externalId }: KnownMachine): string => externalId;

async function list(
  api: TenantCloud,
  of: { installation: string; cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const labels = { [OWNER_LABELS.installation]: of.installation };
  const page = await asked(api.list({ labels, ...(of.cursor === null ? {} : { cursor: of.cursor }) }, signal));
  const machines = await Promise.all(page.machines.map((machine) => explained(api, machine, signal)));
  return { machines, next: page.next, unlisted: page.unreachableRealms };
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
