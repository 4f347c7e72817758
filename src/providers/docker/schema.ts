// What the Docker Engine API answers, narrowed to what is used here.

import { amountAt, type Fields, listAt, numberOr, objectAt, textAt, textOr, textsOr } from "../../cloud-http/read.ts";
import { AMOUNT_MOST } from "../../core/market/sound.ts";

/** As many MiB as anything may have. */
const MEMORY_BYTES_MOST = AMOUNT_MOST * 1024 * 1024;

export interface Version {
  readonly apiVersion: string;
  readonly minApiVersion: string;
}

export interface System {
  readonly cpu: number;
  readonly memoryBytes: number;
  /** As `uname -m` says it. */
  readonly architecture: string;
}

/** What a list and an inspection of a container have in common. */
export interface Container {
  readonly id: string;
  /** Without the slash before it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `created`, `running`, `exited` … */
  readonly status: string;
  /** Of its networks, those that gave it one. */
  readonly addresses: readonly string[];
  readonly isPublished: boolean;
  readonly isOnHostNetwork: boolean;
}

export interface InspectedContainer extends Container {
  readonly exitCode: number;
  readonly isOomKilled: boolean;
  /** Why the last start failed; empty when it did not. */
  readonly error: string;
  readonly cpu: number;
  readonly memoryBytes: number;
}

export function readVersion(value: unknown): Version {
  const fields = objectAt(value, "version");
  return { apiVersion: textAt(fields, "ApiVersion"), minApiVersion: textOr(fields, "MinAPIVersion", "1.12") };
}

export function readSystem(value: unknown): System {
  const fields = objectAt(value, "info");
  return {
    cpu: amountAt(fields, "NCPU"),
    memoryBytes: amountAt(fields, "MemTotal", MEMORY_BYTES_MOST),
    architecture: textAt(fields, "Architecture"),
  };
}

export function readNetwork(body: unknown): { readonly id: string; readonly name: string } {
  const network = objectAt(body, "network");
  return { id: textAt(network, "Id"), name: textAt(network, "Name") };
}

/** Podman tells every name whole, and takes the short ones that Docker tells. */
const IMPLIED = /^docker\.io\/(?:library\/)?/;

/** Tags and digests of all images; `name:latest` also as `name`, and what begins with `docker.io/` also without. */
export function readImages(value: unknown): readonly string[] {
  const names = listAt(value, "images").flatMap((image) => {
    const fields = objectAt(image, "image");
    return [...textsOr(fields, "RepoTags"), ...textsOr(fields, "RepoDigests")];
  });
  const named = names.filter((name) => !name.includes("<none>"));
  const bare = [...named, ...named.map((name) => name.replace(IMPLIED, ""))];
  const short = bare.filter((name) => name.endsWith(":latest")).map((name) => name.slice(0, -":latest".length));
  return [...new Set([...bare, ...short])].toSorted();
}

export function readCreatedId(value: unknown): string {
  return textAt(objectAt(value, "created container"), "Id");
}

export function readContainers(value: unknown): readonly Container[] {
  return listAt(value, "containers").map(readListed);
}

function readListed(value: unknown): Container {
  const fields = objectAt(value, "container");
  const ports = fields["Ports"] ?? [];
  return {
    id: textAt(fields, "Id"),
    name: (textsOr(fields, "Names")[0] ?? "").replace(/^\//, ""),
    labels: readLabels(fields["Labels"]),
    status: textAt(fields, "State"),
    addresses: readAddresses(fields["NetworkSettings"]),
    isPublished: listAt(ports, "Ports").some((port) => objectAt(port, "Ports")["PublicPort"] !== undefined),
    isOnHostNetwork: objectAt(fields["HostConfig"] ?? {}, "HostConfig")["NetworkMode"] === "host",
  };
}

export function readInspected(value: unknown): InspectedContainer {
  const fields = objectAt(value, "container");
  const state = objectAt(fields["State"], "State");
  const limits = objectAt(fields["HostConfig"] ?? {}, "HostConfig");
  const network = objectAt(fields["NetworkSettings"] ?? {}, "NetworkSettings");
  const ports = Object.values(objectAt(network["Ports"] ?? {}, "Ports"));
  return {
    id: textAt(fields, "Id"),
    name: textAt(fields, "Name").replace(/^\//, ""),
    labels: readLabels(objectAt(fields["Config"] ?? {}, "Config")["Labels"]),
    status: textAt(state, "Status"),
    addresses: readAddresses(network),
    isPublished: ports.some((bindings) => Array.isArray(bindings) && bindings.length > 0),
    isOnHostNetwork: limits["NetworkMode"] === "host",
    exitCode: numberOr(state, "ExitCode", 0),
    isOomKilled: state["OOMKilled"] === true,
    error: textOr(state, "Error", ""),
    cpu: readCpu(limits),
    memoryBytes: limitOr(limits, "Memory"),
  };
}

/** A limit may be written as a number of processors or as a share of time; −1 is none. */
function readCpu(limits: Fields): number {
  const nano = limitOr(limits, "NanoCpus");
  if (nano > 0) return nano / 1e9;
  return Math.min(AMOUNT_MOST, limitOr(limits, "CpuQuota") / (limitOr(limits, "CpuPeriod") || 100_000));
}

/** A limit of one container must not make the others unreadable: what can be none is none, and what is too much is the most. */
function limitOr(fields: Fields, key: string): number {
  return Math.min(Math.max(0, numberOr(fields, key, 0)), MEMORY_BYTES_MOST);
}

function readLabels(value: unknown): Readonly<Record<string, string>> {
  const labels = Object.entries(objectAt(value ?? {}, "Labels"));
  return Object.fromEntries(labels.map(([key, label]) => [key, typeof label === "string" ? label : ""]));
}

function readAddresses(settings: unknown): readonly string[] {
  const networks = objectAt(objectAt(settings ?? {}, "NetworkSettings")["Networks"] ?? {}, "Networks");
  return Object.values(networks)
    .map((network) => textOr(objectAt(network, "Networks"), "IPAddress", ""))
    .filter((address) => address !== "");
}

/** The text of a refusal, or null when the body is something else. */
export function readMessage(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("message" in value)) return null;
  return typeof value.message === "string" ? value.message : null;
}
