// A datacentre in a process of its own: it outlives the servers that tests kill, and its billing log is the truth.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminOverHttp, type RemoteAdmin } from "../../datacentre/src/admin-client.ts";
import type { Life } from "../../datacentre/src/billing.ts";
import { plainCloud } from "../../datacentre/src/presets.ts";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import { ROOT, startChild } from "./child.ts";

export interface DatacentreStage {
  readonly url: string;
  readonly admin: RemoteAdmin;
  /** Every machine that ever lived, in order of birth. */
  lives(): Promise<readonly Life[]>;
  alive(): Promise<readonly Life[]>;
  stop(): Promise<void>;
}

/** Clouds by the names of their tenants; each tenant NAME has the key NAME-key. */
export async function startDatacentre(clouds: readonly CloudSettings[], seed = "1"): Promise<DatacentreStage> {
  const file = join(mkdtempSync(join(tmpdir(), "slipway-dc-")), "clouds.json");
  writeFileSync(file, JSON.stringify({ clouds, seed }));
  const child = startChild(process.execPath, [join(ROOT, "datacentre/src/main.ts"), "--config", file]);
  const [, url] = await child.printed(/datacentre at (http:\S+)/);
  if (url === undefined) throw new Error("the datacentre did not say where it is");
  const admin = adminOverHttp(url);
  return {
    url,
    admin,
    async lives() {
      const { entries, alive } = await admin.billing();
      return livesOf(entries, alive);
    },
    alive: async () => (await admin.billing()).alive,
    async stop() {
      await child.end("SIGTERM");
    },
  };
}

function livesOf(entries: Awaited<ReturnType<RemoteAdmin["billing"]>>["entries"], alive: readonly Life[]): Life[] {
  const born = entries.filter(({ kind }) => kind === "born");
  return born.map((entry) => {
    const end = entries.find(({ kind, machineId }) => kind === "gone" && machineId === entry.machineId);
    const { at: from, cloud, tenant, machineId, name, labels } = entry;
    const known = alive.find((life) => life.machineId === machineId);
    return known ?? { from, to: end?.at ?? null, cloud, tenant, machineId, name, labels };
  });
}

/** A cloud that takes a moment for everything, as tests on real processes want it. */
export function quickCloud(name: string, changes: Partial<CloudSettings> = {}): CloudSettings {
  const plain = plainCloud();
  return {
    ...plain,
    name,
    realms: plain.realms.map((realm) => ({ ...realm, name: `${name}-a` })),
    tenants: [{ name, key: `${name}-key` }],
    latency: { kind: "uniform", minMs: 5, maxMs: 30 },
    boot: { kind: "uniform", minMs: 100, maxMs: 300 },
    removal: { kind: "uniform", minMs: 20, maxMs: 100 },
    lingerMs: 2_000,
    ...changes,
  };
}
