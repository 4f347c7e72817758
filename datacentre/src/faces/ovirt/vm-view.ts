// A VM as the engine shows it, and what hangs on it.

import type { Asked } from "../../desk/asked.ts";
import type { MachineRecord } from "../../state/machine-record.ts";
import type { PartRecord } from "../../state/part-record.ts";
import type { MachineDetail } from "../../tenant-api.ts";
import type { Fields } from "./document.ts";
import { clusterId, hrefOf, linksOf, macOf, reference, uuidOf } from "./names.ts";
import type { Memory } from "./resource.ts";

export interface Shown {
  readonly record: MachineRecord;
  readonly view: MachineDetail;
}

/** What broke down has no image that it could start from. */
export function statusOf({ record, view }: Shown): string {
  switch (view.state) {
    case "pending":
      return record.isImageReady ? "powering_up" : "image_locked";
    case "running":
      return asksAgain(record) ? "reboot_in_progress" : "up";
    case "stopping":
      return record.isRemoving ? "image_locked" : "powering_down";
    case "stopped":
    case "terminated":
      return "down";
    case "error":
      return "unassigned";
    case "unknown":
      return "unknown";
  }
}

function asksAgain({ operation }: MachineRecord): boolean {
  return operation?.kind === "reboot" && operation.state === "running";
}

const MIB = 1_048_576;

export function vmView(asked: Asked, shown: Shown, following: Following | null): Fields {
  const { record } = shown;
  const { id, request, size, imageId, createdAt, host } = record;
  const { description = "", comment = "" } = request.labels ?? {};
  const href = hrefOf("vms", id);
  const status = statusOf(shown);
  const isUp = shown.view.state === "running";
  const bytes = size.memoryMib * MIB;
  return {
    href,
    id,
    actions: { link: linksOf(href, ["start", "stop", "shutdown", "reboot"]) },
    name: request.name,
    description,
    comment,
    link: linksOf(href, ["nics", "diskattachments", "reporteddevices", "tags", "statistics"]),
    status,
    type: "server",
    memory: bytes,
    memory_policy: { guaranteed: bytes, max: bytes, ballooning: true },
    cpu: { architecture: size.architecture, topology: { cores: 1, sockets: size.cpu, threads: 1 } },
    os: { type: "other_linux" },
    ...(request.userData === undefined ? {} : { initialization: { custom_script: request.userData } }),
    creation_time: new Date(createdAt),
    start_time: isUp ? lastAt(record, "running") : null,
    stop_time: isUp ? null : (lastAt(record, "stopped") ?? new Date(createdAt)),
    delete_protected: false,
    high_availability: { enabled: false, priority: 1 },
    run_once: false,
    next_run_configuration_exists: false,
    cluster: reference("clusters", clusterId(request.realm)),
    template: reference("templates", imageId),
    original_template: reference("templates", imageId),
    ...(host === null || status === "down" || status === "image_locked"
      ? {}
      : { host: reference("hosts", uuidOf("host", host.name)) }),
    ...(isUp ? { fqdn: request.name } : {}),
    ...(following === null ? {} : followed(asked, shown, following)),
  };
}

function lastAt({ history }: MachineRecord, state: string): Date | null {
  const at = history.findLast((entry) => entry.state === state)?.at;
  return at === undefined ? null : new Date(at);
}

/** What a request wants told along with the VM, as `nics.reporteddevices`. */
interface Following {
  readonly follow: readonly string[];
  readonly memory: Memory;
}

function followed(asked: Asked, shown: Shown, { follow, memory }: Following): Fields {
  const paths = follow.map((path) => path.replaceAll("_", "").split("."));
  const names = new Set(paths.map(([name]) => name));
  const below = (name: string): readonly string[] =>
    paths.filter(([first]) => first === name).map(([, next = ""]) => next);
  const nics = () => nicsOf(shown.record).map((nic) => nicWith(asked, shown, { nic, names: below("nics") }));
  const disks = () => attachmentsOf(shown.record, below("diskattachments"));
  return {
    ...(names.has("nics") ? { nics: { nic: nics() } } : {}),
    ...(names.has("diskattachments") ? { disk_attachments: { disk_attachment: disks() } } : {}),
    ...(names.has("reporteddevices") ? { reported_devices: { reported_device: devicesOf(asked, shown) } } : {}),
    ...(names.has("tags") ? { tags: { tag: tagsOf(shown.record, memory) } } : {}),
  };
}

/** An interface with what the guest tells of it: the devices of its hardware address. */
function nicWith(
  asked: Asked,
  shown: Shown,
  { nic, names }: { readonly nic: Fields & { readonly id: string }; readonly names: readonly string[] },
): Fields {
  if (!names.includes("reporteddevices")) return nic;
  const own = devicesOf(asked, shown).filter((device) => addressOf(device) === macOf(nic.id));
  return { ...nic, reported_devices: { reported_device: own } };
}

const addressOf = ({ mac }: Device): string | undefined => mac?.address;

function partsOf({ parts }: MachineRecord, kind: PartRecord["kind"]): readonly PartRecord[] {
  return parts.filter((part) => part.kind === kind);
}

export function nicsOf(record: MachineRecord): readonly (Fields & { readonly id: string })[] {
  return partsOf(record, "port").map((port, index) => ({
    href: hrefOf("vms", record.id, "nics", port.id),
    id: port.id,
    name: `nic${index + 1}`,
    interface: "virtio",
    linked: true,
    plugged: true,
    mac: { address: macOf(port.id) },
    ...(port.network === null ? {} : { vnic_profile: reference("vnicprofiles", uuidOf("profile", port.network.id)) }),
    vm: reference("vms", record.id),
  }));
}

const GIB = 1_073_741_824;

/** `follow`: with the disks themselves, not with references to them alone. */
export function attachmentsOf(record: MachineRecord, follow: readonly string[] = []): readonly Fields[] {
  const more = ({ name, sizeGib }: PartRecord): Fields =>
    follow.includes("disk") ? { name, alias: name, provisioned_size: (sizeGib ?? 0) * GIB } : {};
  return partsOf(record, "volume").map((volume, index) => ({
    href: hrefOf("vms", record.id, "diskattachments", volume.id),
    id: volume.id,
    active: true,
    bootable: index === 0,
    interface: "virtio_scsi",
    disk: { ...reference("disks", volume.id), ...more(volume) },
    vm: reference("vms", record.id),
  }));
}

type Device = Fields & { readonly mac?: { readonly address: string } };

/** What the guest's agent tells, once it answers: its loopback, too. */
export function devicesOf({ cloud }: Asked, { record, view }: Shown): readonly Device[] {
  const isAnswering = view.state === "running" && record.isListening && cloud.agenda.now() >= record.listeningAt;
  if (!isAnswering) return [];
  const device = (name: string, addresses: readonly (string | null)[], mac: Device): Device => {
    const id = uuidOf("device", `${record.id}/${name}`);
    const ip = addresses.flatMap((address) => (address === null ? [] : [{ address, version: "v4" }]));
    const place = { href: hrefOf("vms", record.id, "reporteddevices", id), id };
    return { ...place, ...mac, name, type: "network", ips: { ip }, vm: reference("vms", record.id) };
  };
  const [first, ...others] = partsOf(record, "port").map(({ id, address }) => ({
    mac: { address: macOf(id) },
    address,
  }));
  const eth = (no: number, addresses: readonly (string | null)[], mac: Device): Device =>
    device(`eth${no}`, addresses, mac);
  return [
    device("lo", ["127.0.0.1"], {}),
    eth(0, [view.privateAddress, view.publicAddress], first === undefined ? {} : { mac: first.mac }),
    ...others.map(({ mac, address }, index) => eth(index + 1, [address], { mac })),
  ];
}

export function tagsOf({ id }: MachineRecord, { tags, tagged }: Memory): readonly Fields[] {
  return [...(tagged.get(id) ?? [])].map((name) => ({ ...reference("tags", tags.get(name) ?? ""), name }));
}

export function statisticsOf({ id, size }: MachineRecord): readonly Fields[] {
  const told: readonly (readonly [string, string, number])[] = [
    ["memory.installed", "bytes", size.memoryMib * MIB],
    ["memory.used", "bytes", 0],
    ["cpu.current.total", "percent", 0],
  ];
  return told.map(([name, unit, datum]) => {
    const own = uuidOf("statistic", `${id}/${name}`);
    return {
      href: hrefOf("vms", id, "statistics", own),
      id: own,
      name,
      kind: "gauge",
      type: "integer",
      unit,
      values: { value: [{ datum }] },
    };
  });
}
