// The stories of the README on one machine: a server with everything embedded, and a launch whose first account runs out of room. That is one of
// three of a simulated datacentre; with `--engines` it is a project of a real LXD, and the next one a real libvirt. `--once` ends with the story;
// else it keeps serving until Ctrl-C.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const SLIPWAY = join(ROOT, "bin/slipway");
const START_MS = 60_000;
const USUAL_PORT = 7070;

const HELP = `npm run demo               a simulated datacentre, a server and a launch; serves until Ctrl-C
npm run demo -- --once     ends with the launch
npm run demo -- --engines  on the LXD and the libvirt of scripts/ci/with-lxd.sh and with-libvirt.sh
`;

interface Options {
  readonly once: boolean;
  readonly engines: boolean;
  readonly help: boolean;
}

/** Throws for what is no option. */
function optionsOf(argv: readonly string[]): Options {
  const no = { type: "boolean", default: false } as const;
  return parseArgs({ args: [...argv], options: { once: no, engines: no, help: no } }).values;
}

interface Story {
  readonly title: string;
  /** Of the deployment; its blueprint is `examples/NAME.yaml`. */
  readonly name: string;
  readonly example: string;
  /** Options of `account add`, of each account in the order in which they are tried. */
  accounts(): Promise<readonly (readonly [string, ...string[]])[]>;
  /** When the accounts are there, and know what room they have. */
  before(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), "slipway-demo-"));
const children: ChildProcess[] = [];
/** Ctrl-C, a kill, or the terminal is closed. */
const interrupted = new AbortController();
const living = () => children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A child that logs into the demo's folder. */
function background(name: string, argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}): { log: string } {
  const log = join(folder, `${name}.log`);
  const file = openSync(log, "a");
  const [command, ...rest] = argv;
  const child = spawn(command, rest, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ["ignore", file, file] });
  children.push(child);
  return { log };
}

/** Waits until a log matches; throws with the log when its writer has ended or takes too long. */
async function logged(log: string, pattern: RegExp): Promise<RegExpExecArray> {
  const child = children.at(-1);
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 50) {
    const text = readFileSync(log, "utf8");
    const found = pattern.exec(text);
    if (found !== null) return found;
    interrupted.signal.throwIfAborted();
    if (child?.exitCode !== null || child.signalCode !== null) throw new Error(`it ended at once:\n${text}`);
    await sleep(50);
  }
  throw new Error(`nothing after ${START_MS / 1000} s:\n${readFileSync(log, "utf8")}`);
}

/** Runs the command line against the demo's server, on this terminal. */
async function slipway(env: NodeJS.ProcessEnv, argv: readonly string[], shown: boolean): Promise<number> {
  const stdio = shown ? "inherit" : (["ignore", "ignore", "inherit"] as const);
  const child = spawn(SLIPWAY, [...argv], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: stdio === "inherit" ? stdio : [...stdio],
  });
  const stop = () => child.kill("SIGINT");
  interrupted.signal.addEventListener("abort", stop);
  await once(child, "close");
  interrupted.signal.removeEventListener("abort", stop);
  interrupted.signal.throwIfAborted();
  return child.exitCode ?? 1;
}

/** The demo's own token, which ends with it. */
function tokenIn(config: string): string {
  const kept: unknown = JSON.parse(readFileSync(config, "utf8"));
  return typeof kept === "object" && kept !== null && "token" in kept ? String(kept.token) : "";
}

/** Its address: at the usual port, or at any when something else has that. */
async function serve(env: NodeJS.ProcessEnv): Promise<string> {
  const at = (port: number) => {
    const ours = { ...env, SLIPWAY_PORT: String(port), DATABASE_URL: "" };
    const { log } = background(`server-${port}`, [SLIPWAY, "serve"], ours);
    return logged(log, /listening on (http:[^\s,"]+)|is in use/);
  };
  const [, usual] = await at(USUAL_PORT);
  const [, url = ""] = usual === undefined ? await at(0) : [null, usual];
  return url;
}

async function end(): Promise<void> {
  // All are listened to first: Ctrl-C in a terminal reaches every one of them, and each ends when it likes.
  const alive = living()
    .toReversed()
    .map((child) => ({ child, closed: once(child, "close") }));
  for (const { child, closed } of alive) {
    child.kill("SIGTERM");
    await closed;
  }
  rmSync(folder, { recursive: true, force: true });
}

const SIMULATED: Story = {
  title: "a simulated datacentre (accounts north, rhev, south) and a server",
  name: "shop",
  example: "shop",
  async accounts() {
    const datacentre = background("datacentre", [
      process.execPath,
      join(ROOT, "datacentre/src/main.ts"),
      "--preset",
      "demo",
    ]);
    const [, cloud = ""] = await logged(datacentre.log, /datacentre at (http:\S+)/);
    return ["north", "rhev", "south"].map((name) => {
      const settings = ["--set", `url=${cloud}`, "--set", `tenant=${name}`, "--credential", `key=${name}-key`];
      return [name, "--provider", "sim", ...settings];
    });
  },
  before: async () => undefined,
};

const ENGINES: Story = {
  title: "a server with a project of LXD's and a host of libvirt's",
  name: "site-on-lxd",
  example: "lxd",
  async accounts() {
    const { addOptions } = await import("../test/stage/engines.ts");
    return addOptions();
  },
  async before() {
    const { useUp } = await import("../test/stage/engines.ts");
    say(`Somebody else takes what LXD's project had left: it has room for ${await useUp()} more.`);
  },
};

async function play({ once: isOnce, engines }: Options): Promise<number> {
  const story = engines ? ENGINES : SIMULATED;
  say(`Starting ${story.title} …`);
  const accounts = await story.accounts();
  const config = join(folder, "config.json");
  const env = { SLIPWAY_DATA: join(folder, "data"), SLIPWAY_CONFIG: config, SLIPWAY_URL: "", SLIPWAY_TOKEN: "" };
  const url = await serve(env);
  for (const options of accounts) {
    const code = await slipway(env, ["account", "add", ...options, "--pool", "default"], false);
    if (code !== 0) return code;
  }
  await story.before();
  const blueprint = `examples/${story.example}.yaml`;
  say(`$ slipway launch ${blueprint} --watch`);
  const code = await slipway(env, ["launch", blueprint, "--watch"], true);
  if (code !== 0 || isOnce) return code;
  say(`
The ${engines ? "site" : "shop"} is up, and the server goes on until Ctrl-C. In a browser:

  ${url}

Sign in there with this token:

  ${tokenIn(config)}

In another terminal, in this folder:

  export SLIPWAY_CONFIG=${config}
  bin/slipway show ${story.name}      what was launched, where, what the first attempt cost
  bin/slipway events ${story.name}    every step
  bin/slipway plan ${blueprint}
  bin/slipway stop ${story.name}      haul everything back
`);
  await Promise.race([once(interrupted.signal, "abort"), ...living().map((child) => once(child, "close"))]);
  return 0;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interrupted.abort());
// A terminal that was closed takes no more text.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
try {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) say(HELP.trimEnd());
  process.exitCode = options.help ? 0 : await play(options);
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
  if (!interrupted.signal.aborted) {
    process.stderr.write(`The demo could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  }
} finally {
  await end();
}
