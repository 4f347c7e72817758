// How a machine is made: by one request, which carries its owner, its limits and its user data, so that there is nothing to take back. The name is
// LXD's own idempotency: a project has each once. LXD says at once that it has begun, and later in an operation how it went: that is waited for.

import { beforehand, retold } from "../../cloud-http/faults.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { sourceOf } from "./images.ts";
import { idOf, isOf, markOf } from "./names.ts";
import { observe } from "./observe.ts";
import { measured } from "./offers.ts";
import { devicesFor } from "./places.ts";
import { type Instance, type Operation, readInstance, readServer } from "./schema.ts";
import { isUnderWay, succeeded } from "./session.ts";

/** LXD takes more; but each list repeats all of it, twice for every machine. */
export const USER_DATA_BYTES_MOST = 64 * 1024;

/** A create that takes longer is left to looks. */
const CREATE_S = 25;

export async function create(desk: Desk, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  signal.throwIfAborted();
  const body = await beforehand(instanceFor(desk, request, signal));
  const { id } = await forgetting(desk, desk.session.begin({ method: "POST", path: "/instances", body }, signal));
  const { operation, made } = await outcome(desk, { id, name: request.name }, signal);
  const isBeingMade = operation !== null && isUnderWay(operation);
  if (operation !== null && !isBeingMade) await forgetting(desk, expectMade(operation, { request, made }));
  if (made === null || idOf(made) === "") {
    throw faultOf("away", "not_shown", "LXD has begun with the machine, and does not show it");
  }
  const handle = isBeingMade ? { operation: id } : null;
  return observe(made, { run: null, nowMs: 0, isBeingMade, handle });
}

/** How it went, as far as it has gone, and what is there of it. Whatever goes wrong in here, the machine may have been made. */
async function outcome(
  desk: Desk,
  { id, name }: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<{ readonly operation: Operation | null; readonly made: Instance | null }> {
  try {
    const operation = await desk.session.await(id, CREATE_S, signal);
    return { operation, made: await instanceNamed(desk, name, signal) };
  } catch (error) {
    throw error instanceof ProviderFault ? retold(error, { effect: "unknown" }) : error;
  }
}

/** Throws why the operation failed, and with it what it has left behind: LXD takes back what it has begun, where it can. */
async function expectMade(
  operation: Operation,
  { request, made }: { readonly request: CreateRequest; readonly made: Instance | null },
): Promise<void> {
  try {
    succeeded(operation);
  } catch (error) {
    // What has the name was there before, or came from an earlier request: somebody has to look.
    if (!(error instanceof ProviderFault) || error.fault.class === "conflict") throw error;
    if (made === null) throw retold(error, { effect: "none" });
    const isOurs = isOf(made, request.labels[OWNER_LABELS.installation] ?? "");
    throw isOurs ? retold(error, { effect: "made", externalId: idOf(made) }) : retold(error, { effect: "unknown" });
  }
}

/** What the profiles bring is read again when LXD finds something wrong with a request. */
async function forgetting<T>(desk: Desk, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "config") desk.brought = null;
    throw error;
  }
}

async function instanceNamed({ session }: Desk, name: string, signal: AbortSignal): Promise<Instance | null> {
  const path = `/instances/${encodeURIComponent(name)}`;
  try {
    return await session.ask({ method: "GET", path, read: readInstance }, signal);
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "not_found") return null;
    throw error;
  }
}

/** The body of the create. */
async function instanceFor(desk: Desk, request: CreateRequest, signal: AbortSignal) {
  const { name, image, labels, userData, where } = request;
  const { kind, profiles } = desk.settings;
  const { cpu, memoryMib, storageGib } = measured(desk, request);
  const bytes = Buffer.byteLength(userData);
  if (bytes > USER_DATA_BYTES_MOST) {
    throw faultOf("deployment", "user_data", `the user data has ${bytes} bytes, and may have ${USER_DATA_BYTES_MOST}`);
  }
  return {
    name,
    type: kind,
    profiles,
    source: sourceOf(image),
    devices: await devicesFor(desk, { networks: where.networks ?? [], storageGib }, signal),
    config: {
      "limits.cpu": String(cpu),
      "limits.memory": `${memoryMib}MiB`,
      // Whatever the profiles say: what follows an end is decided here, and it has to go when it is asked to.
      "boot.autostart": "false",
      "security.protection.delete": "false",
      ...(userData === "" ? {} : { [await userDataKey(desk, signal)]: userData }),
      ...markOf(name, labels),
    },
  };
}

/** What LXD before 4.22 does not know goes where all versions look. */
async function userDataKey(desk: Desk, signal: AbortSignal): Promise<string> {
  if (desk.userDataKey === null) {
    const { api_extensions: extensions } = await desk.session.ask(
      { method: "GET", path: "", read: readServer },
      signal,
    );
    desk.userDataKey = extensions.includes("cloud_init") ? "cloud-init.user-data" : "user.user-data";
  }
  return desk.userDataKey;
}
