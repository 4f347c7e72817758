// Commands that end by themselves.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./child.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const MOST_MS = 55_000;

/** Runs a command to its end; whatever that is counts as an answer, unless it takes too long. */
export function run(command: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env }, timeout: MOST_MS };
    execFile(command, [...argv], options, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, out, err });
      else reject(new Error(`${command} ${argv.join(" ")} did not end: ${err}`, { cause: error }));
    });
  });
}

/** The command line, as people run it. */
export const slipway = (argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  run(join(ROOT, "bin/slipway"), argv, env);
