// Whether the progress page keeps up: a deployment of fifty instances whose steps come in at a given rate, seen by a real browser.
// Clocks of shared machines lie, so every figure is taken in turns with the same page at rest, in the same run: what counts is
// the ratio. `node bench/progress-page.ts`

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession, Page } from "playwright-core";
import { buildWeb } from "../scripts/build-web.ts";
import type { Deployment } from "../src/contract/deployment.ts";
import type { Event } from "../src/contract/event.ts";
import { startBrowser } from "../test/web/browser.ts";
import { sampleDeployment, sampleInstance, sampleMachine } from "../web/src/pages/deployment/deployment.samples.ts";

const RATES = [0, 200, 400, 800];
const ROUNDS = 3;
const ROUND_MS = 6_000;
const INSTANCES = 50;
/** Steps are sent in pieces this far apart, as a server's transactions do. */
const PIECE_MS = 20;
const DIST = join(import.meta.dirname, "../web/dist");
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const GROUPS = [
  { group: "db", count: 4, dependsOn: [] },
  { group: "app", count: 26, dependsOn: ["db-1", "db-2", "db-3", "db-4"] },
  { group: "web", count: 20, dependsOn: ["app-1", "app-2"] },
];
const names = GROUPS.flatMap(({ group, count }) =>
  Array.from({ length: count }, (_, place) => `${group}-${place + 1}`),
);

/** Life of one machine after another, in the words of the real events. */
function stepOf(no: number): Event {
  const instance = names[Math.floor(no / 4) % INSTANCES] ?? "";
  const head = { no, revision: 1, at: new Date().toISOString(), instance };
  const machine = `m-${instance}`;
  switch (no % 4) {
    case 0:
      return {
        ...head,
        text: `${instance}: new → pending`,
        kind: "instance_moved",
        from: "new",
        to: "pending",
        move: "launch_asked",
        reason: null,
      };
    case 1:
      return {
        ...head,
        text: `${instance}: the cloud has made ${machine}`,
        kind: "machine_moved",
        machine,
        from: "intent",
        to: "made",
        move: "create_answered",
        externalId: "i",
      };
    case 2:
      return {
        ...head,
        text: `${instance}: pending → running`,
        kind: "instance_moved",
        from: "pending",
        to: "running",
        move: "seen_running",
        reason: null,
      };
    default:
      return { ...head, text: `${instance} is ready`, kind: "instance_ready" };
  }
}

/** A server that says what the page asks for, and streams as fast as it is told. */
async function startStage() {
  let rate = 0;
  let last = 0;
  const streams = new Set<ServerResponse>();
  const reply = (): Deployment =>
    sampleDeployment({
      eventNo: last,
      createdAt: new Date(Date.now() - 60_000).toISOString(),
      instances: GROUPS.flatMap(({ group, dependsOn }) =>
        names
          .filter((name) => name.startsWith(`${group}-`))
          .map((name) => sampleInstance(name, { group, dependsOn, state: "pending", machine: `m-${name}` })),
      ),
      machines: names.map((name) => sampleMachine(`m-${name}`, { instance: name })),
      attempts: [],
    });
  const about = {
    version: "0",
    installation: "bench",
    embedded: true,
    schema: "",
    room: async () => null,
    providers: [],
    now: new Date().toISOString(),
    clock: { offsetMs: 0, steps: 0, lastAt: null, lastByMs: null },
  };
  const token = { name: "bench", role: "admin" };
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const json = (body: unknown) => response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
    if (path === "/v1/about") return void json({ ...about, token });
    if (path === "/v1/debt") return void json({ debts: [], hourlyCost: 0, cost: 0 });
    if (path.endsWith("/stream")) {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      streams.add(response);
      return void response.on("close", () => streams.delete(response));
    }
    if (path.startsWith("/v1/")) return void json(reply());
    const file = extname(path) === "" ? "/index.html" : path;
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    response.end(readFileSync(join(DIST, file)));
  });
  let owed = 0;
  const timer = setInterval(() => {
    owed += (rate * PIECE_MS) / 1_000;
    let text = "";
    for (; owed >= 1; owed -= 1) {
      last += 1;
      text += `event: step\nid: ${last}\ndata: ${JSON.stringify(stepOf(last))}\n\n`;
    }
    if (text !== "") for (const stream of streams) stream.write(text);
  }, PIECE_MS);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    streamAt(perSecond: number) {
      rate = perSecond;
    },
    sent: () => last,
    stop() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Round {
  /** Frames a second. */
  readonly frames: number;
  /** Of the time between two frames, in ms: the middle, and what one in a hundred is above. */
  readonly middleMs: number;
  readonly p99Ms: number;
  /** Share of one processor that the page took on its thread. */
  readonly busy: number;
  readonly longTasks: number;
}

const FRAMES = `(ms) => new Promise((done) => {
  const gaps = []; let long = 0;
  const observer = new PerformanceObserver((list) => (long += list.getEntries().length));
  observer.observe({ type: "longtask" });
  const begin = performance.now(); let before = begin;
  const frame = (now) => {
    gaps.push(now - before); before = now;
    if (now - begin < ms) requestAnimationFrame(frame);
    else { observer.disconnect(); done({ gaps, long, ms: now - begin }); }
  };
  requestAnimationFrame(frame);
})`;

async function measure(page: Page, cdp: CDPSession): Promise<Round> {
  const before = await busySeconds(cdp);
  const seen: { gaps: number[]; long: number; ms: number } = await page.evaluate(`(${FRAMES})(${ROUND_MS})`);
  const busy = ((await busySeconds(cdp)) - before) / (seen.ms / 1_000);
  const gaps = seen.gaps.slice(1).toSorted((a, b) => a - b);
  const at = (share: number): number => gaps[Math.floor(gaps.length * share)] ?? 0;
  return { frames: gaps.length / (seen.ms / 1_000), middleMs: at(0.5), p99Ms: at(0.99), busy, longTasks: seen.long };
}

async function busySeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

buildWeb();
const stage = await startStage();
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${stage.url}/deployments/dep/progress`);
  await page.locator(".react-flow__node").first().waitFor();
  const cdp = await page.context().newCDPSession(page);
  // Processor time, not time on the wall: others use this machine too.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const rounds = new Map<number, Round[]>(RATES.map((rate) => [rate, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const rate of RATES) {
      stage.streamAt(rate);
      await sleep(500);
      rounds.get(rate)?.push(await measure(page, cdp));
    }
    stage.streamAt(0);
  }
  const rest = rounds.get(0) ?? [];
  const restFrames = middle(rest.map(({ frames }) => frames));
  console.log("steps/s  frames/s  of those at rest  middle gap  99 % gap  thread's cpu  tasks > 50 ms a second");
  for (const [rate, own] of rounds) {
    const of = (key: keyof Round): number => middle(own.map((one) => one[key]));
    const cells = [
      String(rate).padStart(7),
      of("frames").toFixed(1).padStart(8),
      `${((100 * of("frames")) / restFrames).toFixed(0)} %`.padStart(16),
      `${of("middleMs").toFixed(1)} ms`.padStart(10),
      `${of("p99Ms").toFixed(1)} ms`.padStart(8),
      `${(100 * of("busy")).toFixed(0)} %`.padStart(11),
      (of("longTasks") / (ROUND_MS / 1_000)).toFixed(2).padStart(22),
    ];
    console.log(cells.join("  "));
  }
  await sleep(1_000);
  const told = await page.getByText(/^\d+ steps/).innerText();
  console.log(`sent ${stage.sent()} steps; the page says: ${told}`);
} finally {
  await browser.close();
  stage.stop();
}
