// Child processes of the end-to-end tests: started by the real launcher, waited for by what they print or answer, ended
// by pid.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
const START_MS = 90_000;

export interface Child {
  readonly pid: number;
  /** All that it printed so far, both streams. */
  output(): string;
  /** Resolves with the first match of what it prints; rejects when it ends first or takes too long. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and waits for the end; the exit code, null after a signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code once it ends by itself. */
  ended: Promise<number | null>;
}

export function startChild(command: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child: ChildProcess = spawn(command, [...argv], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  let text = "";
  const watchers = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const watcher of watchers) watcher();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const ended = once(child, "close").then((): number | null => child.exitCode);
  return {
    pid,
    ended,
    output: () => text,
    async printed(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = (): void => {
        const found = pattern.exec(text);
        if (found !== null) resolve(found);
      };
      const timer = setTimeout(() => reject(new Error(`${command} did not print ${pattern}:\n${text}`)), START_MS);
      watchers.add(look);
      void ended.then((code) => reject(new Error(`${command} ended with ${code}:\n${text}`)));
      look();
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        watchers.delete(look);
      }
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
