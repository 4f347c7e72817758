// Questions to whoever sits at the terminal. The keyboard belongs to them from opening to closing: what is typed while nothing is
// asked, such as the second line of a paste, is not echoed, since it may be a secret; it answers the next question.

import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { badInput, Complaint, EXIT } from "./complaint.ts";
import { remark, type Terminal } from "./terminal.ts";

export interface Questions extends Disposable {
  /** An answer that is not blank; a secret one is not echoed. Throws a Complaint when it is left with Ctrl-C or Ctrl-D. */
  ask(message: string, how: How): Promise<string>;
  /** What the promise gives, unless Ctrl-C comes first. */
  unlessLeft<T>(promise: Promise<T>): Promise<T>;
}

interface How {
  readonly secret: boolean;
  /** Why an answer does not do; null when it does. Then it is asked for again, a few times. */
  readonly check?: (answer: string) => Promise<string | null>;
}

/** Who has missed it so often looks elsewhere. */
const TRIES_MOST = 3;

export function openQuestions({ stdin, stderr }: Terminal): Questions {
  let isEchoed = false;
  const echo = new Writable({
    write(chunk, _, done) {
      if (isEchoed) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({
    input: stdin,
    output: Object.assign(echo, { columns: stderr.columns ?? 80 }),
    terminal: true,
    historySize: 0,
  });
  const typed: string[] = [];
  let take: ((line: string) => void) | null = null;
  lines.on("line", (line) => {
    // One line answers one question, also when several come in one piece.
    const taken = take;
    take = null;
    isEchoed = false;
    if (taken === null) typed.push(line);
    else taken(line);
  });
  const left = new Promise<never>((_, reject) => {
    const leave = () => reject(new Complaint(EXIT.interrupted, "cancelled; nothing was begun"));
    lines.once("SIGINT", leave).once("close", leave);
  });
  // Nobody may be waiting when it happens.
  left.catch(() => undefined);

  async function lineAfter(message: string, secret: boolean): Promise<string> {
    const early = typed.shift();
    if (early !== undefined) {
      stderr.write(`${message}: ${secret ? "" : early}\n`);
      return early;
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    take = resolve;
    isEchoed = !secret;
    if (secret) stderr.write(`${message}: `);
    lines.setPrompt(secret ? "" : `${message}: `);
    lines.prompt(true);
    try {
      return await Promise.race([promise, left]);
    } finally {
      if (secret) stderr.write("\n");
    }
  }

  return {
    async ask(message, { secret, check }) {
      for (let wrong = 0; ;) {
        const line = await lineAfter(message, secret);
        if (line.trim() === "") {
          stderr.write("  this needs an answer; Ctrl-C leaves\n");
          continue;
        }
        const why = check === undefined ? null : await Promise.race([check(line), left]);
        if (why === null) return line;
        wrong += 1;
        if (wrong >= TRIES_MOST) throw badInput(`${message}: ${why}`, "nothing was begun");
        remark({ stderr }, `  ${why}; once more, Ctrl-C leaves`);
      }
    },
    unlessLeft: (promise) => Promise.race([promise, left]),
    [Symbol.dispose]: () => lines.close(),
  };
}
