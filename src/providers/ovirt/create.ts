// How a machine is made: by one request, which carries its owner, its user data and its key, so that there is nothing to take back. What
// that request cannot say (other interfaces than its template's, a larger disk) is noted in the machine's comment, and done before it
// is started. The name is the engine's own idempotency: a data center has each once.

import { beforehand } from "../../cloud-http/faults.ts";
import { partName } from "../../cloud-http/part-name.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, forgetNames } from "./desk.ts";
import { attachmentsOf, bootDiskIn, createVm } from "./engine.ts";
import { faultOf } from "./faults.ts";
import { quotaIn } from "./limits.ts";
import { commentOf, handleOf, readComment } from "./names.ts";
import { observe } from "./observe.ts";
import { measured } from "./offers.ts";
import { profileIds } from "./places.ts";
import { clusterId, dataCenter } from "./realms.ts";
import { customScript } from "./user-data.ts";

const GIB = 1024 * 1024 * 1024;
const MIB = 1024 * 1024;

/** Of what has no bound of the engine's own: its database takes any text. */
export const USER_DATA_BYTES_MOST = 64 * 1024;

/** Longer ones are cut by the engine. */
const CORRELATION_MOST = 36;

export async function create(desk: Desk, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  signal.throwIfAborted();
  const vm = await beforehand(vmFor(desk, request, signal));
  const correlation = partName(request.name, "create", CORRELATION_MOST);
  try {
    const made = await createVm(desk.session, { vm, correlation, isCloned: desk.settings.isCloned }, signal);
    const noted = readComment(made.comment) ?? readComment(vm.comment);
    const observed = observe(made, { realm: request.realm, detail: null, ended: null, nowMs: 0 });
    return noted === null ? observed : { ...observed, name: noted.name, handle: handleOf(noted, []) };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class === "config" || error.fault.class === "not_found") forgetNames(desk);
    throw error.fault.class === "not_found" ? missing(error, vm) : error;
  }
}

type Made = Awaited<ReturnType<typeof vmFor>>;

/** Of what a request names, the engine says that it is not there, and repeats its id. */
function missing(error: ProviderFault, { cluster }: Made): ProviderFault {
  const { text } = error.fault;
  const isCluster = text.includes(cluster.id);
  return faultOf(isCluster ? "account" : "image", isCluster ? "no_cluster" : "no_template", text);
}

/** The body of the create. Asks for what has to be known before it. */
async function vmFor(desk: Desk, request: CreateRequest, signal: AbortSignal) {
  const { name, realm, image, labels, where } = request;
  const script = scriptOf(request);
  const cluster = await clusterId(desk, realm, signal);
  const { topology, memoryMib } = await measured(desk, request, signal);
  const networks = await profileIds(desk, where, signal);
  const quota = await quotaOf(desk, signal);
  const storageGib = request.storageGib > (await bootGib(desk, image, signal)) ? request.storageGib : null;
  return {
    name,
    comment: commentOf(labels, { name, realm, networks, storageGib }),
    description: `Slipway ${labels[OWNER_LABELS.deployment] ?? ""} ${labels[OWNER_LABELS.instance] ?? ""}`.trim(),
    cluster: { id: cluster },
    template: { id: image },
    memory: String(memoryMib * MIB),
    cpu: {
      topology: {
        sockets: String(topology.sockets),
        cores: String(topology.cores),
        threads: String(topology.threads),
      },
    },
    // Whatever the template says: it has to go when it is asked to.
    delete_protected: "false",
    initialization: {
      host_name: name,
      ...(where.publicKey === undefined ? {} : { authorized_ssh_keys: where.publicKey }),
      ...(script === "" ? {} : { custom_script: script }),
    },
    ...(quota === null ? {} : { quota: { id: quota } }),
  };
}

function scriptOf({ userData }: CreateRequest): string {
  const bytes = Buffer.byteLength(userData);
  if (bytes > USER_DATA_BYTES_MOST) {
    throw faultOf("deployment", "user_data", `the user data has ${bytes} bytes, and may have ${USER_DATA_BYTES_MOST}`);
  }
  const script = customScript(userData);
  if (script !== null) return script;
  const text =
    "the user data is of a kind that oVirt cannot pass on: it must be #cloud-config, a script that begins with #!, or plain text";
  throw faultOf("deployment", "user_data", text);
}

async function quotaOf(desk: Desk, signal: AbortSignal): Promise<string | null> {
  if (desk.settings.quota === null) return null;
  desk.quota ??= await quotaIn(desk, await dataCenter(desk, signal), signal);
  return desk.quota;
}

/** Size of the disk that machines of this template boot from; without end where it has none that could be enlarged. */
async function bootGib(desk: Desk, template: string, signal: AbortSignal): Promise<number> {
  const known = desk.bootGib.get(template);
  if (known !== undefined) return known;
  const gib = await readBootGib(desk, template, signal);
  desk.bootGib.set(template, gib);
  return gib;
}

async function readBootGib({ session }: Desk, id: string, signal: AbortSignal): Promise<number> {
  try {
    const boot = bootDiskIn(await attachmentsOf(session, { kind: "templates", id }, signal));
    return boot === undefined ? Infinity : (boot.disk?.provisioned_size ?? 0) / GIB;
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "not_found") throw error;
    throw faultOf("image", "no_template", `there is no template ${id}`);
  }
}
