// POST /vms.

import type { CreateRequest } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { create } from "../../desk/create.ts";
import { machineView } from "../../state/machine-record.ts";
import { anything, readReference, truth, wholeNumber, word, structure } from "./body.ts";
import { EngineFault, entityNotFound, failed, NothingThere } from "./faults.ts";
import { hrefOf, uuidOf } from "./names.ts";
import { TEMPLATE_GIB } from "./places.ts";
import type { Memory, Resource } from "./resource.ts";
import { vmView } from "./vm-view.ts";

const readTopology = structure({}, { sockets: wholeNumber, cores: wholeNumber, threads: wholeNumber });

const readVm = structure(
  {},
  {
    name: word,
    description: word,
    comment: word,
    cluster: readReference,
    template: readReference,
    instance_type: readReference,
    memory: wholeNumber,
    memory_policy: structure({}, { guaranteed: wholeNumber, max: wholeNumber, ballooning: truth }),
    cpu: structure({}, { topology: readTopology, architecture: word, mode: word }),
    initialization: structure(
      {},
      {
        custom_script: word,
        host_name: word,
        user_name: word,
        root_password: word,
        authorized_ssh_keys: word,
        dns_servers: word,
        dns_search: word,
        domain: word,
        timezone: word,
        regenerate_ssh_keys: truth,
        nic_configurations: anything,
        cloud_init_network_protocol: word,
      },
    ),
    quota: readReference,
    cpu_profile: readReference,
    storage_domain: readReference,
    placement_policy: anything,
    high_availability: anything,
    custom_properties: anything,
    delete_protected: truth,
    stateless: truth,
    type: word,
    os: anything,
    display: anything,
    bios: anything,
    time_zone: anything,
    console: anything,
    soundcard_enabled: truth,
    start_paused: truth,
  },
);
type Order = ReturnType<typeof readVm>;

const MIB = 1_048_576;
/** What every template of the datacentre's has. */
const TEMPLATE_MIB = 1024;

export const addVm: Resource = {
  operation: "create",
  deed: "add",
  read({ body }, memory) {
    const order = readVm(body, "vm");
    const missing = (["name", "cluster", "template"] as const).find((field) => order[field] === undefined);
    if (missing !== undefined) throw incomplete(missing === "name" ? "name" : `${missing}.id|name`);
    const { name = "", description = "", memory_policy: policy, memory: bytes } = order;
    if (description.length > 255) throw failed(400, "Cannot add VM. The given description is too long.");
    if (policy?.guaranteed !== undefined && bytes !== undefined && policy.guaranteed > bytes) {
      throw failed(400, "Cannot add VM. Physical Memory Guaranteed cannot exceed Memory Size.");
    }
    const realm = realmOf(order, memory);
    const labels = labelsOf(order);
    return {
      subject: { name, labels, ...(realm === null ? {} : { realm }) },
      answer(asked) {
        const { id } = create(asked, requestFor(asked, order, { name, realm, labels }));
        const record = asked.cloud.machines.get(id);
        if (record === undefined) throw new NothingThere();
        const view = vmView(asked, { record, view: machineView(record) }, null);
        const status = {
          href: `${hrefOf("vms", id)}/creation_status/${uuidOf("creation", id)}`,
          rel: "creation_status",
        };
        const links = Array.isArray(view["link"]) ? view["link"] : [];
        return { status: 202, root: "vm", content: { ...view, link: [...links, status], creation_status: "pending" } };
      },
    };
  },
};

function incomplete(field: string): EngineFault {
  return new EngineFault(400, `Vm [${field}] required for add`, "Incomplete parameters");
}

/** Null: there is no such cluster. */
function realmOf({ cluster }: Order, { clusters }: Memory): string | null {
  if (cluster?.id !== undefined) return clusters.get(cluster.id) ?? null;
  return [...clusters.values()].find((realm) => realm === cluster?.name) ?? null;
}

function labelsOf({ description, comment }: Order): Readonly<Record<string, string>> {
  return { ...(description === undefined ? {} : { description }), ...(comment === undefined ? {} : { comment }) };
}

interface Read {
  readonly name: string;
  readonly realm: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

function requestFor(asked: Asked, order: Order, { name, realm, labels }: Read): CreateRequest {
  const { template, cluster, initialization } = order;
  if (realm === null || !asked.cloud.realms.has(realm)) {
    throw entityNotFound(`Cluster: id=${cluster?.id ?? ""}, name=${cluster?.name ?? ""}`);
  }
  const userData = initialization?.custom_script;
  return {
    name,
    realm,
    image: template?.id ?? template?.name ?? "",
    labels,
    ...sizeFor(asked, order),
    ...(userData === undefined ? {} : { userData }),
  };
}

/** A type's size wins over the document's own; a cloud that cuts nothing to measure gives its smallest size that is enough. */
function sizeFor(
  { cloud }: Asked,
  { instance_type: type, memory, cpu }: Order,
): Pick<CreateRequest, "size" | "measure"> {
  const sizes = [...cloud.sizes.values()].map(({ size }) => size);
  if (type !== undefined) {
    const named = sizes.find(({ name }) => name === type.name || uuidOf("type", name) === type.id);
    if (named === undefined) throw entityNotFound(`InstanceType ${type.name ?? type.id ?? ""}`);
    return { size: named.name };
  }
  const { sockets = 1, cores = 1, threads = 1 } = cpu?.topology ?? {};
  const measure = {
    cpu: sockets * cores * threads,
    memoryMib: memory === undefined ? TEMPLATE_MIB : Math.floor(memory / MIB),
    storageGib: TEMPLATE_GIB,
  };
  if (cloud.settings.custom !== null) return { size: "custom", measure };
  const enough = sizes
    .filter((size) => size.cpu >= measure.cpu && size.memoryMib >= measure.memoryMib)
    .toSorted((a, b) => a.cpu - b.cpu || a.memoryMib - b.memoryMib);
  if (enough[0] === undefined) throw failed(400, "Cannot add VM. Memory size exceeds supported limit.");
  return { size: enough[0].name };
}
