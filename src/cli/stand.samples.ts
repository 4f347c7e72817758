// For tests of commands: a real HTTP server that answers as the contract says, and a terminal whose text can be read.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import type { Event } from "../contract/event.ts";
import { type Problem, type ProblemCode, PROBLEMS } from "../contract/problem.ts";
import { TIME_HEADER } from "../contract/terms.ts";
import { runCli } from "./cli.ts";
import { at, sampleAbout } from "./replies.samples.ts";

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A JSON reply, or a function that writes the reply itself. */
type Answer = { readonly status?: number; readonly json?: unknown } | ((response: ServerResponse) => void);
/** Answers by `METHOD /path?query`; a list is used up one by one, its last answer stays. */
export type Script = Readonly<Record<string, Answer | readonly Answer[]>>;

/** `now`: the clock of both server and reader; the real one when left out. The token is an admin's unless the script says otherwise. */
export async function standWith(given: Script, now: () => number = Date.now) {
  const script: Script = {
    "GET /v1/about": { json: sampleAbout() },
    "GET /v1/providers": { json: { providers: [] } },
    ...given,
  };
  const requests: Request[] = [];
  const used = new Map<string, number>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const text = Buffer.concat(pieces).toString();
      requests.push({ method, url, headers, body: text === "" ? null : JSON.parse(text) });
      const key = `${method} ${url}`;
      const answers = [script[key] ?? problem("not_found", `There is no ${key}.`)].flat();
      const no = used.get(key) ?? 0;
      used.set(key, no + 1);
      response.setHeader(TIME_HEADER, new Date(now()).toISOString());
      write(response, answers[Math.min(no, answers.length - 1)] ?? {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on a port has such an address
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "slipway-cli-"));
  return {
    url,
    requests,
    folder,
    run: (argv: readonly string[], given: Given = {}) =>
      runAt({ SLIPWAY_URL: url, SLIPWAY_TOKEN: "secret-token", SLIPWAY_CONFIG: join(folder, "config.json") }, argv, {
        now,
        ...given,
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function write(response: ServerResponse, answer: Answer): void {
  if (typeof answer === "function") return answer(response);
  const { status = 200, json } = answer;
  response.writeHead(json === undefined ? 204 : status, { "content-type": "application/json" });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}

export function problem(code: ProblemCode, detail: string, more: Partial<Problem> = {}): Answer {
  const { status, title } = PROBLEMS[code];
  return { status, json: { type: `urn:slipway:problem:${code}`, title, status, code, detail, errors: [], ...more } };
}

interface Given {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Buffer;
  /** Somebody sits there, and types this. */
  readonly typed?: string;
  /** Columns, where standard output is a terminal. */
  readonly columns?: number;
  /** Rows of that terminal; 24 when left out. */
  readonly rows?: number;
  /** Presses Ctrl-C when the output has this text in it. */
  readonly interruptAt?: string;
  /** Lets the time pass for everything that is done again and again, once, when the output has this text in it. */
  readonly tickAt?: string;
  readonly now?: () => number;
}

function keyboard(typed: string): PassThrough & { isTTY: boolean } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  stdin.write(typed);
  return stdin;
}

/** Runs one command line; what it printed and its exit code. */
export async function runAt(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  given: Given = {},
) {
  let interrupt = () => {};
  let hasTicked = false;
  const ticking = new Set<() => void>();
  const text = { out: "", err: "" };
  const output = (to: "out" | "err") =>
    new Writable({
      write(chunk, _, done) {
        text[to] += String(chunk);
        if (given.interruptAt !== undefined && text[to].includes(given.interruptAt)) interrupt();
        if (!hasTicked && given.tickAt !== undefined && text[to].includes(given.tickAt)) {
          hasTicked = true;
          setImmediate(() => ticking.forEach((tick) => tick()));
        }
        done();
      },
    });
  const stdout = output("out");
  const live =
    given.columns === undefined
      ? stdout
      : Object.assign(stdout, { isTTY: true, columns: given.columns, rows: given.rows ?? 24 });
  const mains = {
    serve: async () => 0,
    work: async () => 7,
    migrate: async () => 0,
    restore: async () => 0,
    move: async () => 0,
    rotateKey: async () => 0,
  };
  const exitCode = await runCli(argv, mains, {
    env: { ...env, ...given.env },
    stdin:
      given.typed === undefined ? Readable.from(given.stdin === undefined ? [] : [given.stdin]) : keyboard(given.typed),
    stdout: live,
    stderr: Object.assign(output("err"), { isTTY: given.typed !== undefined }),
    now: given.now ?? Date.now,
    every: (_, act) => {
      ticking.add(act);
      return () => ticking.delete(act);
    },
    onInterrupt: (act) => {
      interrupt = act;
      return () => {};
    },
  });
  return { exitCode, ...text };
}

/** What all events have. */
export const eventHead = (no: number) => ({ no, revision: 1, at: at(no) });

/** An event as the stream tells it. */
export function moved(no: number, to: "pending" | "running" | "failed" | "incomplete"): Event {
  const text = `Deployment: new → ${to}`;
  return { ...eventHead(no), text, kind: "deployment_moved", from: "new", to, move: "launch_begun", reason: null };
}

/** A stream of these events; then it ends, or breaks off without an end. */
export function streaming(events: readonly Event[], how: "end" | "break" | "stay" = "stay") {
  return (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 1000\n\n");
    for (const event of events) response.write(`event: step\nid: ${event.no}\ndata: ${JSON.stringify(event)}\n\n`);
    const last = events.at(-1)?.no ?? 0;
    if (how === "end")
      response.end(`event: end\ndata: ${JSON.stringify({ state: "failed", last, deleted: false })}\n\n`);
    if (how === "break") setImmediate(() => response.destroy());
  };
}
