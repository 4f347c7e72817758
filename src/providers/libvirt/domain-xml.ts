// A machine as libvirt's documents tell it: https://libvirt.org/formatdomain.html, formatstorage.html.

import { type CreateRequest, OWNER_LABELS } from "../../core/machine.ts";
import { documentOf, rootIn } from "./xml.ts";

/** Of the element in a domain's metadata that says whose it is. */
export const NAMESPACE = "urn:slipway:machine";

const KIB = 1024;

export interface Files {
  /** Paths on the host. */
  readonly disk: string;
  readonly seed: string;
  readonly console: string;
}

/** What the host makes machines of. */
export interface Host {
  /** As libvirt calls it. */
  readonly arch: string;
  /** `kvm` where it has it, else `qemu`, which emulates processors. */
  readonly type: "kvm" | "qemu";
}

interface DomainOf {
  readonly request: CreateRequest;
  readonly uuid: string;
  readonly pool: string;
  readonly files: Files;
  readonly host: Host;
  readonly networks: readonly string[];
}

export function domainXml({ request, uuid, pool, files, host, networks }: DomainOf): string {
  const { name, cpu, memoryMib, labels } = request;
  return documentOf({
    domain: {
      "@type": host.type,
      name,
      uuid,
      metadata: {
        "slipway:machine": { "@xmlns:slipway": NAMESPACE, ...attributes({ ...labels, pool, realm: request.realm }) },
      },
      memory: { "@unit": "KiB", "#text": Math.ceil(memoryMib * KIB) },
      vcpu: Math.max(1, Math.ceil(cpu)),
      os: {
        ...(host.arch === "aarch64" ? { "@firmware": "efi" } : {}),
        type: { "@arch": host.arch, "#text": "hvm" },
        boot: { "@dev": "hd" },
      },
      features: { acpi: "", ...(host.arch === "x86_64" ? { apic: "" } : {}) },
      ...(host.type === "kvm" ? { cpu: { "@mode": "host-model" } } : {}),
      on_poweroff: "destroy",
      on_reboot: "restart",
      on_crash: "destroy",
      devices: devices(files, networks),
    },
  });
}

function devices(files: Files, networks: readonly string[]): object {
  return {
    disk: [
      diskOf({ format: "qcow2", file: files.disk, dev: "vda" }),
      { ...diskOf({ format: "raw", file: files.seed, dev: "vdb" }), readonly: "" },
    ],
    interface: networks.map((network) => ({
      "@type": "network",
      source: { "@network": network },
      model: { "@type": "virtio" },
      // They boot from their disk.
      rom: { "@enabled": "no" },
    })),
    serial: {
      "@type": "pty",
      log: { "@file": files.console, "@append": "off" },
      target: { "@port": "0" },
    },
    channel: { "@type": "unix", target: { "@type": "virtio", "@name": "org.qemu.guest_agent.0" } },
    rng: { "@model": "virtio", backend: { "@model": "random", "#text": "/dev/urandom" } },
  };
}

function diskOf({ format, file, dev }: { readonly format: string; readonly file: string; readonly dev: string }) {
  return {
    "@type": "file",
    "@device": "disk",
    driver: { "@name": "qemu", "@type": format },
    source: { "@file": file },
    target: { "@dev": dev, "@bus": "virtio" },
  };
}

function attributes(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [`@${name}`, value]));
}

export interface Marks {
  readonly owner: string;
  /** Null: of a machine that somebody has labelled by hand. */
  readonly pool: string | null;
}

/** As libvirt gives it back, without the prefix that it was written with. Null: it says of nobody that it is his. */
export function marksIn(metadata: string): Marks | null {
  const root = rootIn(metadata, "machine");
  const owner = root.attribute(OWNER_LABELS.installation);
  return owner === null ? null : { owner, pool: root.attribute("pool") };
}

export interface BaseImage {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
}

interface VolumeOf {
  readonly name: string;
  readonly format: "qcow2" | "raw";
  readonly bytes: number;
  readonly backing: BaseImage | null;
}

/** What is raw has its room at once, or is refused: nothing that is written into it later fails for want of it. */
export function volumeXml({ name, format, bytes, backing }: VolumeOf): string {
  return documentOf({
    volume: {
      name,
      capacity: { "@unit": "bytes", "#text": bytes },
      allocation: { "@unit": "bytes", "#text": format === "raw" ? bytes : 0 },
      target: { format: { "@type": format } },
      ...(backing === null ? {} : { backingStore: { path: backing.path, format: { "@type": backing.format } } }),
    },
  });
}

/** Null: it is no file that machines could stand on. */
export function imageIn(xml: string): BaseImage | null {
  const volume = rootIn(xml, "volume");
  const path = volume.first("target", "path")?.text;
  const format = volume.first("target", "format")?.attribute("type") ?? "raw";
  const bytes = Number(volume.first("capacity")?.text);
  const isImage = ["raw", "qcow2", "qed", "vmdk", "vdi", "vpc"].includes(format) && volume.attribute("type") === "file";
  return !isImage || path === undefined || !Number.isSafeInteger(bytes) ? null : { path, format, bytes };
}

export interface Pool {
  readonly kind: string;
  /** Empty where it has none. */
  readonly path: string;
}

export function poolIn(xml: string): Pool {
  const pool = rootIn(xml, "pool");
  return { kind: pool.attribute("type") ?? "", path: pool.first("target", "path")?.text ?? "" };
}

/** Null: it makes no machines of its own architecture. */
export function hostIn(xml: string): Host | null {
  const capabilities = rootIn(xml, "capabilities");
  const arch = capabilities.first("host", "cpu", "arch")?.text ?? "";
  const types = capabilities
    .all("guest")
    .filter((guest) => guest.first("os_type")?.text === "hvm")
    .flatMap((guest) => guest.all("arch"))
    .filter((guest) => guest.attribute("name") === arch)
    .flatMap((guest) => guest.all("domain").map((domain) => domain.attribute("type")));
  if (types.includes("kvm")) return { arch, type: "kvm" };
  return types.includes("qemu") ? { arch, type: "qemu" } : null;
}
