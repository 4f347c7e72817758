// The simulated cloud as a provider: what a tenant of the datacentre can do, in Slipway's words. See README.md.

import { orNull } from "../../cloud-http/faults.ts";
import { parseAddress, parseTrust } from "../../cloud-http/address.ts";
import { pause } from "../../cloud-http/pause.ts";
import { openWay } from "../../cloud-http/way.ts";
import type { Account } from "../../core/account.ts";
import type { Readiness } from "../../core/blueprint/model.ts";
import { whereIn, type WhereSections } from "../../core/market/where.ts";
import { isLoopback } from "../../core/world/loopback.ts";
import { readForm, readWhere } from "../../ports/account-form.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import { type Cloud, type Provider, type ProviderTraits } from "../../ports/provider.ts";
import type { Probed } from "../../ports/reach.ts";
import type { ProbeAnswer } from "../../../datacentre/src/cloud-api.ts";
import { FORM } from "./form.ts";
import { connectOverHttp, type SimAccess, type TenantCloud } from "./client.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { asked } from "./faults.ts";
import { imageOf, imagesPage, quotasOf, sizesPage } from "./offers.ts";
import { type Desk, deskOf } from "./parts.ts";
import { list, look, lookup } from "./sights.ts";
import { lacks } from "./places.ts";

/** How the tenant's cloud is reached: over HTTP, or in process in tests and simulations. */
export type Connect = (to: SimAccess) => TenantCloud;

const TRAITS: ProviderTraits = {
  visibilityMs: 10_000,
  callTimeoutMs: { create: 30_000, other: 15_000 },
  usualBootMs: 1_000,
  lookMost: 100,
  looksTogether: true,
  userDataBytesMost: 16_384,
};

interface Given {
  /** Over HTTP unless told. */
  readonly connect?: Connect;
  /** Replaces single traits, for datacentres that are slower to show their machines. */
  readonly traits?: Partial<ProviderTraits>;
  /** How to wait, where time is not the machine's. */
  readonly sleep?: Desk["sleep"];
}

export function simProvider(given: Given = {}): Provider {
  const { connect = connectOverHttp, sleep = pause } = given;
  return {
    name: "sim",
    form: FORM,
    open(account, credentials) {
      const access = parseAccount(account, credentials);
      const traits = { ...TRAITS, ...given.traits };
      return openCloud(deskOf(connect(access), sleep), {
        sections: readWhere(FORM, account.settings),
        traits,
        sharesLoopback: isLoopback(String(account.settings["url"])),
      });
    },
  };
}

function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): SimAccess {
  const { url, tenant, key, ...trust } = readForm(FORM, { settings, credentials });
  const to = parseAddress(url, { field: "url", example: "http://127.0.0.1:7071" });
  return { way: openWay({ to, trust: parseTrust(trust, to) }), tenant, key };
}

interface Facts extends Pick<Cloud, "traits" | "sharesLoopback"> {
  /** The account's defaults of where machines are put. */
  readonly sections: WhereSections;
}

function openCloud(desk: Desk, { sections, ...facts }: Facts): Cloud {
  const { api } = desk;
  return {
    ...facts,
    realms: async (signal) => (await asked(api.realms(signal))).map(({ name }) => name),
    sizes: (cursor, signal) => sizesPage(desk, cursor, signal),
    usage: async (signal) => quotasOf(await asked(api.usage(signal))),
    image: (choice, realm, signal) => imageOf(api, { choice, realm }, signal),
    lacks: (where, realm, signal) => lacks(desk, { where: whereIn(sections, realm, where), realm }, signal),
    images: (cursor, signal) => imagesPage(api, cursor, signal),
    create(request, keep, signal) {
      const where = whereIn(sections, request.realm, request.where);
      return create(desk, { request: { ...request, where }, keep }, signal);
    },
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: async ({ externalId }, signal) => {
      await asked(api.start(externalId, signal));
    },
    reboot: async ({ externalId }, signal) => {
      await asked(api.reboot(externalId, signal));
    },
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: async ({ externalId }, signal) => {
      const output = await orNull(asked(api.console(externalId, signal)));
      return output === null ? null : consoleTail(new TextEncoder().encode(output));
    },
    list: (installation, cursor, signal) => list(desk, { installation, cursor }, signal),
    probe: ({ externalId }, check, signal) => probe(api, { externalId, check }, signal),
    [Symbol.asyncDispose]: async () => undefined,
  };
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
