// One run: request after request, each judged by its reply and by the rows that it leaves.

import fc from "fast-check";
import type { Document, Operation } from "./document.ts";
import { operationName, reachedBy } from "./document.ts";
import { type Caller, requestsTo, type Wire } from "./requests.ts";
import { type Reply, type Sender, senderTo } from "./send.ts";
import type { FuzzStage } from "./stage.ts";
import { faultsOf } from "./verdict.ts";
import { firstWords, remember, type Words } from "./words.ts";

interface Finding {
  readonly no: number;
  readonly asked: string;
  readonly faults: readonly string[];
}

export interface Report {
  readonly requests: number;
  /** Replies by status. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly findings: readonly Finding[];
  /** Operations that never succeeded. */
  readonly unreached: readonly string[];
}

export interface RunOptions {
  readonly seed: number;
  /** Asked after each request, with how many there were. */
  readonly isEnough: (requests: number) => boolean;
}

const ENGINE_EVERY = 20;
const FINDINGS_MOST = 20;
const BYTES_EVERY = 50;

export async function runFuzz(stage: FuzzStage, document: Document, options: RunOptions): Promise<Report> {
  const words = firstWords(stage.datacentreUrl);
  const sender = senderTo(stage.url);
  const statuses = new Map<number, number>();
  const reached = new Set<string>();
  const findings: Finding[] = [];
  const note = (no: number, asked: string, faults: readonly string[]): void => {
    if (faults.length > 0) findings.push({ no, asked, faults });
  };
  await begin(stage, sender, words);
  let no = 0;
  for (; !options.isEnough(no) && findings.length < FINDINGS_MOST; no += 1) {
    if (no % ENGINE_EVERY === 0) await stage.work();
    if (no % BYTES_EVERY === BYTES_EVERY - 1) note(no, "bytes", await askBytes(sender, options.seed + no, document));
    const operation = drawn(operationsOf(document), options.seed + no);
    const wire = drawn(requestsTo(operation, words, document), options.seed + no);
    const { reply, faults } = await ask({ stage, sender, document }, wire);
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    if (reply.status < 300 && wire.method === operation.method) reached.add(operationName(operation));
    note(no, shown(wire, reply), [...faults, ...stage.bugs()]);
    learn(words, wire, reply);
  }
  sender.close();
  const names = document.operations.map(operationName);
  return { requests: no, statuses, findings, unreached: names.filter((name) => !reached.has(name)) };
}

/** What makes every operation reachable from the start: accounts that launches go to, which no request changes, and some of everything. */
async function begin(stage: FuzzStage, sender: Sender, words: Words): Promise<void> {
  const post = async (method: string, path: string, body: object): Promise<void> => {
    const sent = {
      method,
      path,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(body)),
    };
    const reply = await sender.send({ ...sent, as: "admin" }, stage.tokens.admin);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`);
    learn(words, { path }, reply);
  };
  for (const name of ["north", "south"]) {
    const settings = { url: stage.datacentreUrl, tenant: name };
    const account = { name, provider: "sim", settings, credentials: { key: `${name}-key` }, pool: "default" };
    await post("POST", "/v1/accounts", account);
    await post("POST", `/v1/accounts/${name}/check`, {});
  }
  const [hello = "", pair = "", herd = ""] = words.sources;
  for (const [name, source] of Object.entries({ hello, pair, herd })) {
    await post("PUT", `/v1/blueprints/${name}`, { source });
    await post("POST", "/v1/deployments", { blueprint: { source } });
  }
}

/** Launches are dear; what makes, changes and reads things is cheap. */
function operationsOf({ operations }: Document): fc.Arbitrary<Operation> {
  const weights = operations.map((operation) => {
    const isLaunch = operationName(operation) === "POST /v1/deployments";
    return { weight: isLaunch ? 1 : 2, arbitrary: fc.constant(operation) };
  });
  return fc.oneof(...weights);
}

function drawn<T>(values: fc.Arbitrary<T>, seed: number): T {
  const [value] = fc.sample(values, { seed, numRuns: 1 });
  if (value === undefined) throw new Error("nothing was drawn");
  return value;
}

interface Asking {
  readonly stage: FuzzStage;
  readonly sender: Sender;
  readonly document: Document;
}

async function ask(
  { stage, sender, document }: Asking,
  wire: Wire,
): Promise<{ reply: Reply; faults: readonly string[] }> {
  const mark = await stage.rows.mark();
  const reply = await sender.send(wire, tokenOf(wire.as, stage));
  const isReading = wire.method === "GET" || wire.method === "HEAD";
  const changed = reply.status >= 400 || isReading ? await stage.rows.changedSince(mark) : [];
  const faults = faultsOf({ ...reply, method: wire.method }, reachedBy(wire, document), document);
  const rows = changed.map((table) => `a request that was ${isReading ? "to read" : "refused"} changed ${table}`);
  return { reply, faults: [...faults, ...rows] };
}

function tokenOf(caller: Caller, { tokens }: FuzzStage): string | null {
  if (caller === "nobody") return null;
  return caller === "stranger" ? "no-such-token" : tokens[caller];
}

const LINES = fc.oneof(
  fc.constantFrom(
    "GET /v1/about HTTP/1.1",
    "POST /v1/plan HTTP/1.1",
    "GET / HTTP/1.0",
    "get /v1/about http/1.1",
    "GET http://x/v1/about HTTP/1.1",
  ),
  fc.string(),
);
const HEADS = fc.constantFrom(
  "Host: a",
  "Host: a b",
  "Host:",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "Expect: more",
  "Upgrade: websocket\r\nConnection: Upgrade",
  `X: ${"x".repeat(20_000)}`,
  ": no name",
  "no colon",
);

async function askBytes(sender: Sender, seed: number, document: Document): Promise<readonly string[]> {
  const lines = fc.tuple(
    LINES,
    fc.array(HEADS, { maxLength: 4 }),
    fc.constantFrom("", "{}", "5\r\nhello\r\n0\r\n\r\n"),
  );
  const [first, heads, body] = drawn(lines, seed);
  const text = `${[first, ...heads, "Connection: close"].join("\r\n")}\r\n\r\n${body}`;
  const reply = await sender.sendBytes(Buffer.from(text, "latin1"));
  if (reply === null) return [];
  // What is HTTP after all gets what any request without a token gets.
  return faultsOf({ ...reply, method: "GET" }, null, document).map(
    (fault) => `${fault} for ${JSON.stringify(text.slice(0, 300))}`,
  );
}

/** Deployments, machines and pages that replies speak of. */
function learn(words: Words, { path }: Pick<Wire, "path">, { status, text }: Reply): void {
  if (status >= 300 || !path.startsWith("/v1/deployments")) return;
  const found = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = ""]) => name);
  remember(words.deployments, ...found(/"id":"([a-z0-9]+)","name"/g));
  remember(words.machines, ...found(/"machine":"(sw-[a-z0-9-]+)"/g));
  remember(words.cursors, ...found(/"next":"([^"]+)"/g));
}

const SHOWN_MOST = 2_000;

function shown({ method, path, headers, body, as }: Wire, { status, text }: Reply): string {
  const sent = body === null ? "" : ` ${body.toString().slice(0, SHOWN_MOST)}`;
  return `${method} ${path} as ${as} ${JSON.stringify(headers)}${sent}\n    → ${status} ${text.slice(0, SHOWN_MOST)}`;
}
