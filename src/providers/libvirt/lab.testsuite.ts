// The two clouds that scripts/ci/with-libvirt.sh has started, as tests see them beside Slipway: by `virsh`, by their files, by their processes.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export type LabCloud = "east" | "west";
export const LAB_CLOUDS: readonly LabCloud[] = ["east", "west"];

interface Place {
  readonly uri: string;
  readonly socket: string;
  readonly tls: string;
  readonly folder: string;
}

interface Lab {
  readonly folder: string;
  /** Script that starts a daemon. */
  readonly daemon: string;
  readonly pool: string;
  readonly network: string;
  readonly image: string;
  /** user@host:port */
  readonly ssh: string;
  readonly clouds: Readonly<Record<LabCloud, Place>>;
}

function readLab(): Lab {
  const path = process.env["SLIPWAY_TEST_LIBVIRT"];
  if (path === undefined) throw new Error("run it by scripts/ci/with-libvirt.sh, which sets SLIPWAY_TEST_LIBVIRT");
  const lab: Lab = JSON.parse(readFileSync(path, "utf8"));
  return lab;
}

export const LAB = readLab();

const pathOf = (cloud: LabCloud, ...path: readonly string[]): string => join(LAB.clouds[cloud].folder, ...path);

export const settingsOf = (cloud: LabCloud) => ({
  uri: LAB.clouds[cloud].uri,
  pool: LAB.pool,
  where: { "*": { networks: [LAB.network] } },
});

export const fileIn = (...path: readonly string[]): string => readFileSync(join(LAB.folder, ...path), "utf8");

interface LabAccount {
  readonly settings: ReturnType<typeof settingsOf>;
  readonly credentials: Readonly<Record<string, string>>;
}

/** `stranger` is a key that is not authorized there. */
export function overSsh(cloud: LabCloud, key: "client" | "stranger" = "client"): LabAccount {
  const files = `keyfile=${LAB.folder}/ssh/${key}&known_hosts=${LAB.folder}/ssh/known`;
  const uri = `qemu+ssh://${LAB.ssh}/system?socket=${LAB.clouds[cloud].socket}&${files}`;
  return { settings: { ...settingsOf(cloud), uri }, credentials: {} };
}

export function overTls(cloud: LabCloud): LabAccount {
  const certificates = { ca: fileIn("pki", "authority.pem"), cert: fileIn("pki", "client.pem") };
  const settings = { ...settingsOf(cloud), uri: LAB.clouds[cloud].tls, ...certificates };
  return { settings, credentials: { key: fileIn("pki", "client.key") } };
}

/** Standard output; throws when it fails. */
export async function virsh(cloud: LabCloud, ...argv: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout } = await run("virsh", ["-q", "-c", LAB.clouds[cloud].uri, ...argv], { timeout: 60_000, env });
  return stdout.trim();
}

/** Lets a failure of `virsh` pass that says this; rethrows all others. */
export const unlessIt =
  (says: RegExp) =>
  (error: unknown): void => {
    if (!(error instanceof Error) || !says.test(error.message)) throw error;
  };

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

/** Names, in whatever state. */
export async function domainsAt(cloud: LabCloud): Promise<readonly string[]> {
  return linesOf(await virsh(cloud, "list", "--all", "--name")).toSorted();
}

/** Names, without those of images. */
export async function partsAt(cloud: LabCloud): Promise<readonly string[]> {
  await virsh(cloud, "pool-refresh", LAB.pool);
  const names = linesOf(await virsh(cloud, "vol-list", LAB.pool)).map((line) => line.trim().split(/\s+/)[0] ?? "");
  return names.filter((name) => name !== LAB.image).toSorted();
}

/** Names of machines for which an emulator runs, whether their daemon knows of it or not. */
export function emulatorsAt(cloud: LabCloud): readonly string[] {
  const pool = pathOf(cloud, "pool", "");
  return readdirSync("/proc").flatMap((pid) => {
    const line = /^\d+$/.test(pid) ? commandOf(pid) : "";
    const [, name] = /-name\0guest=([^,\0]+)/.exec(line) ?? [];
    return name !== undefined && line.includes(pool) ? [name] : [];
  });
}

/** Empty once it has ended. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Everything that is there of anybody's machines. */
export async function leftAt(cloud: LabCloud): Promise<readonly string[]> {
  return [...(await domainsAt(cloud)), ...(await partsAt(cloud))];
}

/** No machine, no volume, no fault. Throws when something outlives it: it would count in the next test. */
export async function freshCloud(cloud: LabCloud): Promise<void> {
  clearFaults(cloud);
  await keepUp(cloud);
  await virsh(cloud, "net-start", LAB.network).catch(unlessIt(/already active/));
  await virsh(cloud, "pool-start", LAB.pool).catch(unlessIt(/already active/));
  for (const name of await domainsAt(cloud)) await removeDomain(cloud, name);
  for (const name of await partsAt(cloud)) await virsh(cloud, "vol-delete", "--pool", LAB.pool, name);
  const left = [...(await leftAt(cloud)), ...emulatorsAt(cloud)];
  if (left.length > 0) throw new Error(`${cloud} still has ${left.join(", ")}`);
}

/** So often a domain that is being started, or whose emulator a busy machine has not ended in time, is cut off again. */
const DESTROYS_MOST = 4;
const BUSY = /state change lock|failed to terminate process|resource busy/i;

export async function removeDomain(cloud: LabCloud, name: string): Promise<void> {
  for (let times = 1; await isUp(cloud, name); times += 1) {
    if (times > DESTROYS_MOST) throw new Error(`${name} does not end`);
    await virsh(cloud, "destroy", name).catch(unlessIt(new RegExp(`domain is not running|${BUSY.source}`, "i")));
  }
  // One that was undefined while it ran has gone with its end.
  await virsh(cloud, "undefine", name).catch(unlessIt(/failed to get domain/));
}

async function isUp(cloud: LabCloud, name: string): Promise<boolean> {
  const running = linesOf(await virsh(cloud, "list", "--name"));
  return running.includes(name);
}

/** `refusal`: each start is refused with this text. `delay`: each takes so many seconds longer. */
export function setFault(cloud: LabCloud, fault: "refusal" | "delay", text: string): void {
  writeFileSync(pathOf(cloud, "faults", fault), text);
}

export function clearFaults(cloud: LabCloud): void {
  for (const fault of ["refusal", "delay"]) rmSync(pathOf(cloud, "faults", fault), { force: true });
  freePool(cloud);
  if (existsSync(pathOf(cloud, "daemon.pid"))) signalDaemon(cloud, "SIGCONT");
}

/** So many bytes are left in the pool. */
export function fillPool(cloud: LabCloud, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(pathOf(cloud, "pool"));
  const blocks = bavail - Math.ceil(leftBytes / bsize);
  execFileSync("dd", [
    "if=/dev/zero",
    `of=${pathOf(cloud, "pool", ".filler")}`,
    `bs=${bsize}`,
    `count=${blocks}`,
    "status=none",
  ]);
}

export function freePool(cloud: LabCloud): void {
  rmSync(pathOf(cloud, "pool", ".filler"), { force: true });
}

const pidIn = (...path: readonly string[]): number => Number(readFileSync(join(...path), "utf8"));

/** The machine's emulator ends in the middle. */
export function killEmulator(cloud: LabCloud, name: string): void {
  process.kill(pidIn(pathOf(cloud, "run", "qemu", `${name}.pid`)), "SIGKILL");
}

export function signalDaemon(cloud: LabCloud, signal: NodeJS.Signals): void {
  try {
    process.kill(pidIn(pathOf(cloud, "daemon.pid")), signal);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}

function isDaemonUp(cloud: LabCloud): boolean {
  try {
    const stat = readFileSync(`/proc/${pidIn(pathOf(cloud, "daemon.pid"))}/stat`, "utf8");
    // A zombie whose parent has not asked for it yet.
    return !/^\d+ \(.*\) Z/.test(stat);
  } catch {
    return false;
  }
}

/** Starts the daemon where it does not run; machines run on meanwhile. */
export async function keepUp(cloud: LabCloud): Promise<void> {
  if (!isDaemonUp(cloud)) await run(LAB.daemon, [LAB.folder, cloud], { timeout: 90_000 });
}

export async function killDaemon(cloud: LabCloud): Promise<void> {
  signalDaemon(cloud, "SIGKILL");
  for (let looks = 0; isDaemonUp(cloud) && looks < 100; looks += 1) await wait(20);
}
