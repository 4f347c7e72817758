// What an account may have and has: the limits of its project. And what a check asks besides: whether this server can make what the account
// wants of it.

import type { CloudQuota } from "../../core/market/market.ts";
import type { Settings } from "./account.ts";
import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { readBrought } from "./places.ts";
import { DISK } from "./offers.ts";
import { type Limited, readPool, readProjectState, readServer } from "./schema.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export async function usage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const { session, settings } = desk;
  const { auth, environment } = await session.ask({ method: "GET", path: "", read: readServer }, signal);
  const path = `/projects/${encodeURIComponent(settings.project)}/state`;
  // Whom LXD does not trust is told so by this refusal; a trust token is used up here.
  const { resources } = await session.ask({ method: "GET", path, read: readProjectState }, signal);
  const drivers = environment?.driver.split(" | ") ?? null;
  if (auth === "trusted" && drivers !== null) expectKind(desk, drivers);
  await readBrought(desk, signal);
  if (settings.pool !== null) {
    const pool = `/storage-pools/${encodeURIComponent(settings.pool)}`;
    await session.ask({ method: "GET", path: pool, read: readPool }, signal);
  }
  return quotasOf(desk, resources);
}

/** The program that runs machines of each kind. */
const DRIVERS: Readonly<Record<Settings["kind"], string>> = { container: "lxc", "virtual-machine": "qemu" };

function expectKind({ settings }: Desk, drivers: readonly string[]): void {
  const { kind } = settings;
  if (drivers.includes(DRIVERS[kind])) return;
  const has = drivers.join(" and ");
  throw faultOf(
    "account",
    "kind_missing",
    `this LXD makes no machines of kind ${kind}: it has ${has} and not ${DRIVERS[kind]}`,
  );
}

const NONE: Limited = { Limit: -1, Usage: 0 };

function quotasOf({ settings }: Desk, resources: Readonly<Record<string, Limited>>): readonly CloudQuota[] {
  const all = resources["instances"] ?? NONE;
  const ofKind = resources[settings.kind === "container" ? "containers" : "virtual-machines"] ?? NONE;
  const row = (dimension: string, { Limit, Usage }: Limited, unit: number): CloudQuota => ({
    realm: null,
    dimension,
    most: Limit < 0 ? null : Math.floor(Limit / unit),
    used: Math.ceil(Usage / unit),
  });
  return [
    row("instances", leftOf(ofKind) < leftOf(all) ? ofKind : all, 1),
    row("cpu", resources["cpu"] ?? NONE, 1),
    row("memoryMib", resources["memory"] ?? NONE, MIB),
    row(DISK, resources["disk"] ?? NONE, GIB),
  ];
}

const leftOf = ({ Limit, Usage }: Limited): number => (Limit < 0 ? Infinity : Limit - Usage);
