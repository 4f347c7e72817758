// How quickly the API answers and how soon steps reach their readers, while a thousand pages are open and twenty launches a second come in:
// `serve` and three `work` on PostgreSQL. Each reader watches one launch from its beginning, and goes on to a new one when that has been
// up for a while, so that all of them always have a stream that is open, and one that moves for about as long as its launch takes.
//
//   node bench/streams.ts [--seconds 600] [--clients 1000] [--rate 20] [--workers 3]

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Agent, get, type IncomingMessage } from "node:http";
import { type Crew, loadText, option, processorSeconds, quantile, startCrew } from "./crew.ts";

const SECONDS = option("seconds", 600);
const CLIENTS = option("clients", 1_000);
const RATE = option("rate", 20);
const WORKERS = option("workers", 3);
const BLUEPRINT = "slipway: 1\nname: one\ninstances:\n  one: { image: debian-12, profile: small }\n";
const MANNERS = { boot: { kind: "uniform", minMs: 1_000, maxMs: 3_000 } } as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** Milliseconds that each request took, by its kind. */
const took = new Map<string, number[]>();
/** From the writing of a step until a reader had it. */
const lags: number[] = [];
/** How many, by what was asked and the status. */
const refused = new Map<string, number>();
let broken = 0;
let isOver = false;

async function timed(kind: string, act: () => Promise<Response>): Promise<unknown> {
  const begun = performance.now();
  const reply = await act().catch(() => null);
  const text = reply === null ? "" : await reply.text();
  if (reply?.ok !== true) {
    const what = `${kind} ${reply?.status ?? "without answer"}`;
    refused.set(what, (refused.get(what) ?? 0) + 1);
    return null;
  }
  const known = took.get(kind) ?? [];
  known.push(performance.now() - begun);
  took.set(kind, known);
  return JSON.parse(text);
}

/** Opens streams, of which each ends the one before. */
function openReader({ server }: Crew): (deployment: string) => void {
  let leave = (): void => undefined;
  return (deployment) => {
    leave();
    const headers = { authorization: `Bearer ${server.token}`, accept: "text/event-stream" };
    const openedAt = Date.now();
    const asking = get(`${server.url}/v1/deployments/${deployment}/stream`, { headers, agent }, (reply) => {
      if (reply.statusCode !== 200) broken += 1;
      else hear(reply, openedAt);
    });
    let isLeft = false;
    asking.on("error", () => {
      if (!isLeft && !isOver) broken += 1;
    });
    leave = () => {
      isLeft = true;
      asking.destroy();
    };
  };
}

function hear(reply: IncomingMessage, openedAt: number): void {
  let text = "";
  reply.setEncoding("utf8");
  reply.on("error", () => undefined);
  reply.on("data", (piece: string) => {
    const now = Date.now();
    const blocks = (text + piece).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const at = Date.parse(/"at":"([^"]+)"/.exec(block)?.[1] ?? "");
      // What had been written before the stream was open is not late.
      if (at >= openedAt) lags.push(now - at);
    }
  });
}

function idOf(value: unknown): string | null {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" ? value.id : null;
}

async function storm(crew: Crew): Promise<void> {
  const { server } = crew;
  const readers = Array.from({ length: CLIENTS }, () => openReader(crew));
  const begun = performance.now();
  const waiting: Promise<void>[] = [];
  const loads: string[] = [];
  for (let no = 0; no < SECONDS * RATE; no += 1) {
    // Whether or not those before have been answered.
    const dueMs = begun + (no * 1_000) / RATE - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const one = async (): Promise<void> => {
      const body = { blueprint: { source: BLUEPRINT }, name: `l-${no}` };
      const id = idOf(await timed("launch", () => server.ask("POST /v1/deployments", body)));
      if (id === null) return;
      readers[no % CLIENTS]?.(id);
      await timed("show", () => server.ask(`GET /v1/deployments/${id}`));
      if (no % RATE === 0) await timed("list", () => server.ask("GET /v1/deployments?limit=50"));
    };
    waiting.push(one());
    if (no % (RATE * 60) === 0) loads.push(loadText());
  }
  await Promise.all(waiting);
  print(
    `${SECONDS * RATE} launches sent in ${((performance.now() - begun) / 1_000).toFixed(0)} s (${loads.join(", ")})`,
  );
}

const own = monitorEventLoopDelay({ resolution: 5 });
await using crew = await startCrew({ workers: WORKERS, clouds: 8, manners: MANNERS });
own.enable();
const before = processorSeconds();
await storm(crew);
isOver = true;
const used = [...processorSeconds()].map(([name, s]) => `${name} ${(s - (before.get(name) ?? 0)).toFixed(0)} s`);
print(`processor time: ${used.join(", ")}`);
for (const [kind, ms] of took) {
  const parts = [0.5, 0.95, 0.99].map((part) => quantile(ms, part).toFixed(0)).join(", ");
  print(`${kind}: ${ms.length} answers, 50, 95 and 99 of 100 below ${parts} ms`);
}
print(
  `steps: ${lags.length} reached ${CLIENTS} readers, 50, 95 and 99 of 100 within ${[0.5, 0.95, 0.99].map((part) => quantile(lags, part).toFixed(0)).join(", ")} ms`,
);
print(
  `refused: ${[...refused].map(([what, count]) => `${what}: ${count}`).join(", ") || "none"}; streams refused or broken: ${broken}; this program itself was late by ${(own.percentile(99) / 1e6).toFixed(0)} ms (99 of 100), ${loadText()}`,
);
agent.destroy();
