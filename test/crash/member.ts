// One process of Slipway that is killed, paused and started again. What it printed in all its lives is kept.

import { type Child, startChild, ROOT } from "../stage/child.ts";
import { join } from "node:path";
import { pause } from "./client.ts";

export interface Member {
  readonly name: string;
  /** Starts it and waits until it works. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it, and kills it after so long, whether it works by then or not. */
  startAndKill(afterMs: number): Promise<void>;
  /** SIGTERM, and waits for the end. */
  end(): Promise<void>;
  stand(): void;
  go(): void;
  output(): string;
  /** What it did that nobody asked for. */
  oddities(): readonly string[];
}

/** Running calls have 20 s to end; the rest is for a busy machine. */
const END_MS = 40_000;

export function memberOf(of: {
  readonly name: string;
  readonly command: "serve" | "work";
  readonly env: NodeJS.ProcessEnv;
  /** Waits until it works. */
  readonly works: (child: Child) => Promise<unknown>;
  /** Already started once. */
  readonly child?: Child;
}): Member {
  const { name, command, env, works } = of;
  const asked = new WeakSet<Child>();
  const odd: string[] = [];
  let before = "";
  let child: Child | null = null;

  const take = (fresh: Child): Child => {
    before += child === null ? "" : `${child.output()}\n--- next life\n`;
    child = fresh;
    void fresh.ended.then((code) => {
      if (!asked.has(fresh)) odd.push(`${name} ended by itself with ${code}: ${fresh.output().slice(-500)}`);
    });
    return fresh;
  };
  const launch = (): Child => take(startChild(join(ROOT, "bin/slipway"), [command], env));
  const leave = async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    if (child === null) return 0;
    const leaving = child;
    asked.add(leaving);
    return leaving.end(signal);
  };
  const signal = (which: "SIGSTOP" | "SIGCONT"): void => {
    if (child !== null && !asked.has(child)) process.kill(child.pid, which);
  };
  if (of.child !== undefined) take(of.child);
  return {
    name,
    async start() {
      const fresh = launch();
      await Promise.race([
        works(fresh),
        fresh.ended.then(() => Promise.reject(new Error(`${name} did not start: ${fresh.output()}`))),
      ]);
    },
    kill: async () => void (await leave("SIGKILL")),
    async startAndKill(afterMs) {
      launch();
      await pause(afterMs);
      await leave("SIGKILL");
    },
    async end() {
      if (child === null || asked.has(child)) return;
      const leaving = child;
      const limit = setTimeout(() => void leaving.end("SIGKILL"), END_MS);
      const code = await leave("SIGTERM");
      clearTimeout(limit);
      if (code !== 0) odd.push(`${name} ended with ${code} after SIGTERM`);
    },
    stand: () => signal("SIGSTOP"),
    go: () => signal("SIGCONT"),
    output: () => before + (child?.output() ?? ""),
    oddities: () => odd,
  };
}
