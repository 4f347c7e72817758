// Two real engines in one pool: the LXD of scripts/ci/with-lxd.sh first, the libvirt of scripts/ci/with-libvirt.sh then. examples/lxd.yaml comes up on
// either.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { freshCloud, leftAt, LAB, settingsOf } from "../../src/providers/libvirt/lab.testsuite.ts";
import {
  accountAt,
  freshCloud as freshLxd,
  instancesOf,
  labCloud,
  limit,
} from "../../src/providers/lxd/lab.testsuite.ts";
import { ROOT } from "./child.ts";
import type { ServerStage } from "./server.ts";

export const SITE = readFileSync(join(ROOT, "examples/lxd.yaml"), "utf8");

const lxd = labCloud("east");

/** Nothing of anybody's is there, and LXD's project has room. */
export async function freshEngines(): Promise<void> {
  await freshLxd(lxd);
  await freshCloud("east");
}

/** Adds both accounts, and the pool `engines` of them, in which the first is tried first. */
export async function addEngines(server: ServerStage): Promise<void> {
  const accounts = [
    { name: "lxd", provider: "lxd", ...accountAt(lxd), images: { "web-server": "busybox" } },
    { name: "libvirt", provider: "libvirt", settings: settingsOf("east"), images: { "web-server": LAB.image } },
  ];
  for (const account of accounts) {
    await server.call(z.unknown(), "POST /v1/accounts", account);
    await server.call(z.unknown(), `POST /v1/accounts/${account.name}/check`);
  }
  const members = accounts.map(({ name }, group) => ({ account: name, group }));
  await server.call(z.unknown(), "POST /v1/pools", { name: "engines", members });
}

/** The same accounts, as `slipway account add` is given them. */
export function addOptions(): readonly (readonly [string, ...string[]])[] {
  const { uri, pool } = settingsOf("east");
  const onLxd = ["--set", `endpoint=unix://${lxd.socket}`, "--set", `project=${lxd.project}`];
  const onLibvirt = ["--set", `uri=${uri}`, "--set", `pool=${pool}`, "--where", `networks=${LAB.network}`];
  return [
    ["lxd", "--provider", "lxd", ...onLxd, "--image", "web-server=busybox", "--group", "0"],
    ["libvirt", "--provider", "libvirt", ...onLibvirt, "--image", `web-server=${LAB.image}`, "--group", "1"],
  ];
}

/** Somebody else takes what the project had left: the site's first machine comes up, and the next one is refused. Returns how many may be there. */
export async function useUp(): Promise<number> {
  const LEFT = 1;
  await limit(lxd, { "limits.instances": String(LEFT) });
  return LEFT;
}

export const machinesOnLxd = async (): Promise<readonly string[]> => (await instancesOf(lxd)).map(({ name }) => name);
export const leftOnLibvirt = (): Promise<readonly string[]> => leftAt("east");
