// A PostgreSQL server of our own, which may be killed: data in a temporary folder, a free port of loopback, never as root.

import { execFileSync } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { type Child, freePort, startChild } from "../stage/child.ts";
import { until } from "../stage/poll.ts";

export interface Cluster {
  /** An empty database of its own. */
  freshDatabase(name: string): Promise<string>;
  /** `immediate`: without a word, to be recovered at the next start; `fast`: connections are cut, data is written. */
  stop(how: "immediate" | "fast"): Promise<void>;
  start(): Promise<void>;
  /** All its processes stand still, with connections open and locks held. */
  stand(): void;
  go(): void;
  output(): string;
  /** Ends it and removes its folder, if that is its own. */
  dispose(): Promise<void>;
}

const AGAIN_MS = 500;
const SIGNALS = { immediate: "SIGQUIT", fast: "SIGINT" } as const;

interface ClusterOptions {
  /** Of the server. */
  readonly env?: NodeJS.ProcessEnv;
  /** For its data, and for nothing else; one of its own when left out. */
  readonly folder?: string;
  /** Of its log files. */
  readonly segmentMb?: number;
  readonly settings?: readonly string[];
  /** Started again a moment after it has ended by itself, as a service is. */
  readonly isService?: boolean;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { env = {}, segmentMb = 16, isService = false } = options;
  const bin = findPrograms();
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "slipway-crash-postgres-"));
  const prefix = unprivileged(folder);
  const data = join(folder, "data");
  const choices = ["--username=slipway", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  choices.push(`--wal-segsize=${segmentMb}`);
  run([...prefix, join(bin, "initdb"), `--pgdata=${data}`, ...choices], folder);
  const port = await freePort();
  // What is killed here are processes: what they gave to the system is kept, with or without fsync.
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=100",
    "fsync=off",
    ...(options.settings ?? []),
  ];
  const argv = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const urlOf = (name: string): string => `postgres://slipway@127.0.0.1:${port}/${name}`;
  let child: Child | null = null;
  let before = "";

  const begin = (): void => {
    // What is given for the server is not for whoever starts it, who is another user.
    const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const [program = "", ...rest] = [...prefix, "env", ...given, join(bin, "postgres"), ...argv];
    const begun = startChild(program, rest);
    child = begun;
    if (isService) void begun.ended.then(() => again(begun));
  };
  const start = async (): Promise<void> => {
    begin();
    await until(() => answers(urlOf("postgres")), { deadlineMs: 120_000, otherwise: () => child?.output() ?? "" });
  };
  const again = async (ended: Child): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    // Nobody has ended it, nor started another one meanwhile.
    if (child !== ended) return;
    before += ended.output();
    begin();
  };
  const stop = async (how: "immediate" | "fast"): Promise<void> => {
    const ending = child;
    child = null;
    await ending?.end(SIGNALS[how]);
    before += ending?.output() ?? "";
  };
  /** Of those that stand still. */
  let standing: readonly number[] = [];
  await start();
  return {
    start,
    stop,
    stand() {
      if (child === null) return;
      // The first one starts no more of them while the others are looked up.
      process.kill(child.pid, "SIGSTOP");
      standing = [child.pid, ...childrenOf(child.pid)];
      for (const pid of standing) signal(pid, "SIGSTOP");
    },
    go() {
      for (const pid of standing) signal(pid, "SIGCONT");
      standing = [];
    },
    output: () => before + (child?.output() ?? ""),
    async freshDatabase(name) {
      await query(urlOf("postgres"), `create database ${name}`);
      return urlOf(name);
    },
    async dispose() {
      await stop("immediate");
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian keeps the server's programs out of PATH, one folder per version. */
function findPrograms(): string {
  const folders = [
    ...globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed(),
    ...(process.env["PATH"] ?? "").split(":"),
  ];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (found !== undefined) return found;
  throw new Error("no PostgreSQL here; scripts/ci/with-postgres.sh npm run crash installs one");
}

/** The server refuses to run as root: then the folder is given to another user, and this goes before its commands. */
function unprivileged(folder: string): string[] {
  if (userInfo().uid !== 0) return [];
  const user = ["postgres", "nobody"].find((name) => idOf(name, "-u") !== null) ?? "nobody";
  const [uid, gid] = [idOf(user, "-u"), idOf(user, "-g")];
  if (uid === null || gid === null) throw new Error(`there is no user ${user}`);
  chownSync(folder, uid, gid);
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
}

function idOf(user: string, which: "-u" | "-g"): number | null {
  try {
    return Number(execFileSync("id", [which, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return null;
  }
}

function run([program = "", ...argv]: string[], cwd: string): void {
  execFileSync(program, argv, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

function childrenOf(parent: number): number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((path) => {
    // Behind the program's name in brackets: state, parent, … A process may have ended since it was listed.
    const [, pid, ppid] = /^(\d+) .*\) \S (\d+) /s.exec(textOf(path)) ?? [];
    return pid !== undefined && Number(ppid) === parent ? [Number(pid)] : [];
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** To a process that may have ended meanwhile. */
function signal(pid: number, which: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, which);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function answers(url: string): Promise<true | null> {
  return query(url, "select 1").then(
    () => true,
    () => null,
  );
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
