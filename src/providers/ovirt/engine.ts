// The calls of the engine's API that are made here: https://ovirt.github.io/ovirt-engine-api-model/4.5/

import { chunks } from "../../cloud-http/pages.ts";
import {
  type Attachment,
  type Event,
  type Nic,
  readAttachments,
  readDisk,
  readEvents,
  readNics,
  readVm,
  readVms,
  type Vm,
} from "./schema.ts";
import type { Session } from "./session.ts";

const nothing = (): void => undefined;

const part = encodeURIComponent;

const vmPath = (id: string): string => `/vms/${part(id)}`;

/** What one machine is told with, where all of it is wanted. */
const WHOLE = "follow=nics.reported_devices,disk_attachments";

/** With its interfaces' addresses, and its disks. Throws a fault of class not_found where the engine says that there is no such machine. */
export function getVm({ ask }: Session, id: string, signal: AbortSignal): Promise<Vm> {
  return ask({ method: "GET", path: `${vmPath(id)}?${WHOLE}`, read: readVm }, signal);
}

/** As many as the engine may give at once. */
export const PAGE = 1_000;

const search = (text: string): string => `search=${part(text)}`;

/**
 * Machines whose name begins so, one page in the order of their names. In this very form, users who are no administrators too are given
 * pages that can be relied upon, of all machines that they may see.
 */
export async function vmsPage(
  { ask }: Session,
  { prefix, page }: { readonly prefix: string; readonly page: number },
  signal: AbortSignal,
): Promise<readonly Vm[]> {
  const text = `name=${prefix}* sortby name asc page ${page}`;
  return (await ask({ method: "GET", path: `/vms?${search(text)}&max=${PAGE}`, read: readVms }, signal)).vm;
}

/** Names in one question: more make an address that is too long. */
export const NAMES_MOST = 50;

/** Those with one of these names, whole or in short. The engine takes a capital letter for a small one. */
export async function* vmsNamed(
  { ask }: Session,
  { names, isWhole }: { readonly names: readonly string[]; readonly isWhole: boolean },
  signal: AbortSignal,
): AsyncGenerator<Vm, void> {
  for (const some of chunks(names, NAMES_MOST)) {
    const text = some.map((name) => `name=${name}`).join(" or ");
    const path = `/vms?${search(text)}&case_sensitive=true${isWhole ? `&${WHOLE}` : ""}`;
    yield* (await ask({ method: "GET", path, read: readVms }, signal)).vm;
  }
}

export function createVm(
  { ask }: Session,
  { vm, correlation, isCloned }: { readonly vm: object; readonly correlation: string; readonly isCloned: boolean },
  signal: AbortSignal,
): Promise<Vm> {
  const path = `/vms${isCloned ? "?clone=true" : ""}`;
  return ask({ method: "POST", path, body: vm, correlation, read: readVm }, signal);
}

export function actOn(
  { ask }: Session,
  { id, action }: { readonly id: string; readonly action: "start" | "reboot" | "stop" },
  signal: AbortSignal,
): Promise<void> {
  return ask({ method: "POST", path: `${vmPath(id)}/${action}`, body: {}, read: nothing }, signal);
}

/** With the disks that are its own. Never asynchronously: then the engine would not tell what it refuses. */
export function deleteVm({ ask }: Session, id: string, signal: AbortSignal): Promise<void> {
  return ask({ method: "DELETE", path: vmPath(id), read: nothing }, signal);
}

export async function nicsOf({ ask }: Session, id: string, signal: AbortSignal): Promise<readonly Nic[]> {
  const { nic } = await ask({ method: "GET", path: `${vmPath(id)}/nics`, read: readNics }, signal);
  return nic.toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? "", "en", { numeric: true }));
}

export function putNic(
  { ask }: Session,
  { vm, nic, profile }: { readonly vm: string; readonly nic: string; readonly profile: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `${vmPath(vm)}/nics/${part(nic)}`;
  return ask({ method: "PUT", path, body: { vnic_profile: { id: profile } }, read: nothing }, signal);
}

export function addNic(
  { ask }: Session,
  { vm, name, profile }: { readonly vm: string; readonly name: string; readonly profile: string },
  signal: AbortSignal,
): Promise<void> {
  const body = { name, interface: "virtio", vnic_profile: { id: profile } };
  return ask({ method: "POST", path: `${vmPath(vm)}/nics`, body, read: nothing }, signal);
}

export function deleteNic(
  { ask }: Session,
  { vm, nic }: { readonly vm: string; readonly nic: string },
  signal: AbortSignal,
): Promise<void> {
  return ask({ method: "DELETE", path: `${vmPath(vm)}/nics/${part(nic)}`, read: nothing }, signal);
}

/** Of a machine or a template, with their disks' sizes. */
export async function attachmentsOf(
  { ask }: Session,
  of: { readonly kind: "vms" | "templates"; readonly id: string },
  signal: AbortSignal,
): Promise<readonly Attachment[]> {
  const path = `/${of.kind}/${part(of.id)}/diskattachments?follow=disk`;
  return (await ask({ method: "GET", path, read: readAttachments }, signal)).disk_attachment;
}

/** The disk that a machine boots from. */
export function bootDiskIn(attachments: readonly Attachment[]): Attachment | undefined {
  return attachments.find(({ bootable }) => bootable === "true") ?? attachments[0];
}

export function growDisk(
  { ask }: Session,
  { vm, attachment, bytes }: { readonly vm: string; readonly attachment: string; readonly bytes: number },
  signal: AbortSignal,
): Promise<void> {
  const path = `${vmPath(vm)}/diskattachments/${part(attachment)}`;
  return ask({ method: "PUT", path, body: { disk: { provisioned_size: String(bytes) } }, read: nothing }, signal);
}

/** Throws a fault of class not_found where the engine says that there is no such disk. */
export async function diskStatus({ ask }: Session, id: string, signal: AbortSignal): Promise<string> {
  return (await ask({ method: "GET", path: `/disks/${part(id)}`, read: readDisk }, signal)).status ?? "ok";
}

export function deleteDisk({ ask }: Session, id: string, signal: AbortSignal): Promise<void> {
  return ask({ method: "DELETE", path: `/disks/${part(id)}`, read: nothing }, signal);
}

/** Newest first. */
export async function eventsOf(
  { ask }: Session,
  { names, most }: { readonly names: readonly string[]; readonly most: number },
  signal: AbortSignal,
): Promise<readonly Event[]> {
  const text = names.map((name) => `event_vm=${name}`).join(" or ");
  const path = `/events?${search(text)}&max=${most}`;
  const { event: events } = await ask({ method: "GET", path, read: readEvents }, signal);
  return events.toSorted((a, b) => b.time - a.time);
}
