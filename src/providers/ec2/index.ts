// Instances of one region of an AWS account as machines. See README.md.

import type { CloudQuota } from "../../core/market/market.ts";
import type { Cloud, Provider, ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { create, lacks } from "./create.ts";
import { type Desk, openDesk, VISIBILITY_MS } from "./desk.ts";
import { console, destroy, reboot, start } from "./destroy.ts";
import { FORM } from "./form.ts";
import { imageOf } from "./images.ts";
import { usage } from "./limits.ts";
import { realms, sizesPage } from "./offers.ts";
import { look } from "./look.ts";
import { list, lookup } from "./sights.ts";
import { tryCreate } from "./trial.ts";

const TRAITS: ProviderTraits = {
  visibilityMs: VISIBILITY_MS,
  callTimeoutMs: { create: 60_000, other: 30_000 },
  usualBootMs: 15_000,
  // EC2 refuses to answer for more resources in one request.
  lookMost: 1_000,
  looksTogether: true,
  // Before they become base64.
  userDataBytesMost: 16 * 1024,
};

export const ec2Provider: Provider = {
  name: "ec2",
  form: FORM,
  open: (account, credentials) => openCloud(openDesk(parseAccount(account, credentials))),
};

function openCloud(desk: Desk): Cloud {
  return {
    traits: TRAITS,
    sharesLoopback: false,
    realms: (signal) => realms(desk, signal),
    sizes: (cursor, signal) => sizesPage(desk, cursor, signal),
    usage: (signal) => permittedUsage(desk, signal),
    image: (choice, _realm, signal) => imageOf(desk, choice, signal),
    lacks: (where, realm, signal) => lacks(desk, { where, realm }, signal),
    create: (request, keep, signal) => create(desk, { request, keep }, signal),
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: (machine, signal) => start(desk, machine, signal),
    reboot: (machine, signal) => reboot(desk, machine, signal),
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: (machine, signal) => console(desk, machine, signal),
    list: (installation, cursor, signal) => list(desk, { installation, cursor }, signal),
    [Symbol.asyncDispose]: () => desk.session[Symbol.asyncDispose](),
  };
}

async function permittedUsage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const quotas = await usage(desk, signal);
  await tryCreate(desk, signal);
  return quotas;
}
