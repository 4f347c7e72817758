// What benches of whole processes run on: a PostgreSQL of their own, a datacentre, `serve` and some `work`.

import { randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { type Cluster, startCluster } from "../test/crash/cluster.ts";
import { type Child, freePort, ROOT, startChild } from "../test/stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "../test/stage/datacentre.ts";
import { type ServerStage, startServer } from "../test/stage/server.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";

export interface Crew extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly databaseUrl: string;
  readonly datacentre: DatacentreStage;
  readonly server: ServerStage;
  readonly workers: readonly Child[];
}

export interface CrewOptions {
  readonly workers: number;
  readonly clouds: number;
  /** Of each cloud. */
  readonly manners: Partial<CloudSettings>;
  /** Of PostgreSQL. */
  readonly settings?: readonly string[];
}

export async function startCrew({ workers, clouds, manners, settings = [] }: CrewOptions): Promise<Crew> {
  await using parts = new AsyncDisposableStack();
  const cluster = await startCluster({ settings });
  parts.defer(() => cluster.dispose());
  const databaseUrl = await cluster.freshDatabase("slipway");
  const names = Array.from({ length: clouds }, (_, no) => `cloud-${no}`);
  const host = { cpu: 1e6, memoryMib: 1e9, storageGib: 1e9 };
  const datacentre = await startDatacentre(
    names.map((name) => {
      const cloud = quickCloud(name, manners);
      return { ...cloud, realms: cloud.realms.map((realm) => ({ ...realm, hosts: [host] })) };
    }),
  );
  parts.defer(() => datacentre.stop());
  const env = { DATABASE_URL: databaseUrl, SLIPWAY_KEY: randomBytes(32).toString("base64"), SLIPWAY_LOG: "warn" };
  const server = await startServer({ env, port: await freePort() });
  parts.defer(async () => void (await server.child.end("SIGTERM")));
  await server.addAccounts(datacentre, names);
  const members = names.map((account) => ({ account }));
  await server.ask("PATCH /v1/pools/default", { members });
  const crew = Array.from({ length: workers }, () =>
    startChild(join(ROOT, "bin/slipway"), ["work"], { ...env, SLIPWAY_LOG: "info" }),
  );
  parts.defer(async () => void (await Promise.all(crew.map((worker) => worker.end("SIGTERM")))));
  await Promise.all(crew.map((worker) => worker.printed(/working on/)));
  const kept = parts.move();
  return { cluster, databaseUrl, datacentre, server, workers: crew, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** How busy the machine is, of the last minute. */
export const loadText = (): string => `load ${loadavg()[0]?.toFixed(1)}`;

/** Processor time that this program and all that it has started took so far, by what they are. */
export function processorSeconds(): ReadonlyMap<string, number> {
  const rows = globSync("/proc/[0-9]*/stat").flatMap((path) => {
    try {
      const [, pid = "", name = "", rest = ""] = /^(\d+) \((.*)\) (.*)$/s.exec(readFileSync(path, "utf8")) ?? [];
      const fields = rest.split(" ").map(Number);
      const [parent = 0, ticks] = [fields[1], (fields[11] ?? 0) + (fields[12] ?? 0)];
      const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const role = argv.find((one) => /^(?:serve|work)$|datacentre/.test(one));
      const what =
        Number(pid) === process.pid ? "bench" : name === "postgres" ? name : (role?.split("/").at(-3) ?? role);
      return [{ pid: Number(pid), parent, what: what ?? name, seconds: ticks / 100 }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
  const ours = new Set([process.pid]);
  for (let known = 0; known < ours.size;) {
    known = ours.size;
    for (const { pid, parent } of rows) if (ours.has(parent)) ours.add(pid);
  }
  const sums = new Map<string, number>();
  for (const { pid, what, seconds } of rows) if (ours.has(pid)) sums.set(what, (sums.get(what) ?? 0) + seconds);
  return sums;
}

/** The value that so large a part of them is not above; 0 of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** `--name 5` on the command line. */
export function option(name: string, usual: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const given = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isFinite(given) || given <= 0) throw new Error(`--${name} wants a number above 0`);
  return given;
}
