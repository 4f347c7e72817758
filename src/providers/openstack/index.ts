// Servers of an OpenStack project as machines. See README.md.

import { retold } from "../../cloud-http/faults.ts";
import type { CloudQuota } from "../../core/market/market.ts";
import { whereIn } from "../../core/market/where.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import { type Cloud, type Provider, ProviderFault, type ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { create, tryPermission } from "./create.ts";
import { type Desk, deskOf } from "./desk.ts";
import { destroy } from "./destroy.ts";
import { FORM } from "./form.ts";
import { imageOf, imagesPage } from "./glance.ts";
import { usage } from "./limits.ts";
import { readPartsId } from "./names.ts";
import { actOn, getServer, readConsoleOf } from "./nova.ts";
import { lacks } from "./places.ts";
import { accountFault } from "./faults.ts";
import { realms, sizesPage } from "./offers.ts";
import { openSession } from "./session.ts";
import { list, look, lookup } from "./sights.ts";

/** Nova keeps user data in base64, in 65,535 characters. */
const USER_DATA_BYTES_MOST = Math.floor(65_535 / 4) * 3;
/** Enough lines for 64 KiB of ordinary output; Nova can only be asked for lines. */
const CONSOLE_LINES = 2_000;

const TRAITS: ProviderTraits = {
  // Nova answers once a server is in its database. One whose answer was lost is waited for as long as a create may take, and so much longer;
  // what comes later still is found by the lists.
  visibilityMs: 5_000,
  callTimeoutMs: { create: 60_000, other: 30_000 },
  usualBootMs: 5_000,
  // So many names fit into the address of one request.
  lookMost: 50,
  looksTogether: true,
  userDataBytesMost: USER_DATA_BYTES_MOST,
};

export const openstackProvider: Provider = {
  name: "openstack",
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
    image: (choice, _realm, signal) => imageOf(session, choice, signal),
    images: async (cursor, signal) => imagesPage(session, { cursor, realms: await realms(desk, signal) }, signal),
    lacks: (where, realm, signal) => lacks(desk, whereIn(settings.where, realm, where), signal),
    create(request, keep, signal) {
      const where = whereIn(settings.where, request.realm, request.where);
      return create(desk, { request: { ...request, where }, keep }, signal);
    },
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: (machine, signal) => start(desk, machine, signal),
    reboot: (machine, signal) => reboot(desk, machine, signal),
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: (machine, signal) => console(desk, machine, signal),
    list: (installation, cursor, signal) => list(desk, { installation, cursor }, signal),
    // A token ends by itself, and Keystone's other users of it cannot be told from this one.
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function permittedUsage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const quotas = await usage(desk, signal);
  await tryPermission(desk, signal);
  return quotas;
}

async function start({ session }: Desk, { externalId: id }: KnownMachine, signal: AbortSignal): Promise<void> {
  if (readPartsId(id) !== null) throw accountFault("parts_alone", "only parts of this machine are there");
  try {
    await actOn(session, { id, action: "os-start" }, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "conflict") throw error;
    const { status } = await getServer(session, id, signal);
    if (status !== "ACTIVE") throw retold(error, { effect: "none" });
  }
}

async function reboot({ session }: Desk, { externalId: id }: KnownMachine, signal: AbortSignal): Promise<void> {
  if (readPartsId(id) !== null) throw accountFault("parts_alone", "only parts of this machine are there");
  await actOn(session, { id, action: "reboot" }, signal);
}

/** What says that there is no console, or none yet. */
const NO_CONSOLE = ["server_missing", "conflict", "status_501"];

async function console(
  { session }: Desk,
  { externalId: id }: KnownMachine,
  signal: AbortSignal,
): Promise<string | null> {
  if (readPartsId(id) !== null) return null;
  try {
    const output = await readConsoleOf(session, { id, lines: CONSOLE_LINES }, signal);
    return output === null ? null : consoleTail(new TextEncoder().encode(output));
  } catch (error) {
    if (error instanceof ProviderFault && NO_CONSOLE.includes(error.fault.code)) return null;
    throw error;
  }
}
