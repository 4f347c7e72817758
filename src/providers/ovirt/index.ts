// Virtual machines of an oVirt engine's data center as machines. See README.md.

import type { CloudQuota } from "../../core/market/market.ts";
import { whereIn } from "../../core/market/where.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import type { Cloud, Provider, ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { create, USER_DATA_BYTES_MOST } from "./create.ts";
import { type Desk, deskOf } from "./desk.ts";
import { destroy } from "./destroy.ts";
import { history } from "./events.ts";
import { FORM } from "./form.ts";
import { imageOf, imagesPage } from "./images.ts";
import { usage } from "./limits.ts";
import { sizesPage } from "./offers.ts";
import { lacks } from "./places.ts";
import { realms } from "./realms.ts";
import { openSession } from "./session.ts";
import { list, look, lookup } from "./sights.ts";
import { reboot, start } from "./start.ts";
import { tryPermission } from "./trial.ts";

const TRAITS: ProviderTraits = {
  // Written to the engine's database before its disks are begun, and shown from then on.
  visibilityMs: 5_000,
  callTimeoutMs: { create: 60_000, other: 45_000 },
  // To the end of a thin copy, and from its start to where it runs.
  usualBootMs: 5_000,
  // So many names are asked for by a few requests.
  lookMost: 200,
  looksTogether: true,
  userDataBytesMost: USER_DATA_BYTES_MOST,
};

export const ovirtProvider: Provider = {
  name: "ovirt",
  form: FORM,
  open(account, credentials) {
    const settings = parseAccount(account, credentials);
    return openCloud(deskOf(openSession(settings), settings));
  },
};

function openCloud(desk: Desk): Cloud {
  const { session, settings } = desk;
  return {
    traits: TRAITS,
    sharesLoopback: false,
    realms: (signal) => realms(desk, signal),
    sizes: (cursor, signal) => sizesPage(desk, cursor, signal),
    usage: (signal) => permittedUsage(desk, signal),
    image: (choice, _realm, signal) => imageOf(desk, choice, signal),
    images: (_cursor, signal) => imagesPage(desk, signal),
    lacks: (where, realm, signal) => lacks(desk, whereIn(settings.where, realm, where), signal),
    create(request, _keep, signal) {
      const where = whereIn(settings.where, request.realm, request.where);
      return create(desk, { ...request, where }, signal);
    },
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: (machine, signal) => start(desk, machine, signal),
    reboot: (machine, signal) => reboot(desk, machine, signal),
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: (machine, signal) => evidence(desk, machine.name, signal),
    list: (installation, cursor, signal) => list(desk, { installation, cursor }, signal),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function permittedUsage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const quotas = await usage(desk, signal);
  await tryPermission(desk, signal);
  return quotas;
}

async function evidence(desk: Desk, name: string, signal: AbortSignal): Promise<string | null> {
  const text = await history(desk, name, signal);
  return text === null ? null : consoleTail(new TextEncoder().encode(text));
}
