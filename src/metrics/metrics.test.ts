import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { accountId } from "../core/ids.ts";
import { UNLIMITED } from "../core/market/amount.ts";
import { eventsTo } from "../log.ts";
import type { Figures, MachineFigures } from "../ports/figures.ts";
import { StoreAway } from "../ports/store.ts";
import { SAMPLE_TIME, sampleAccount, sampleFault } from "../ports/store.samples.ts";
import { samplesOf, valueOf } from "../../test/stage/metrics.ts";
import { openMemory } from "../store/memory/open.ts";
import { createLabels, OTHERS } from "./labels.ts";
import { metering } from "./metered-store.ts";
import { createOwnMetrics } from "./own.ts";
import { createScrape, type ScrapeDeps } from "./scrape.ts";
import { sharedMetrics, type Standing } from "./shared.ts";

const NOTHING_DUE = { late: 0, since: null };
const FIGURES: Figures = {
  now: SAMPLE_TIME,
  deployments: new Map([["pending", 2]]),
  parked: { count: 0, since: null },
  due: { advance: { late: 3, since: SAMPLE_TIME - 7_500 }, call: NOTHING_DUE, probe: NOTHING_DUE, poll: NOTHING_DUE },
  machines: new Map(),
};
const CLOCK = { offsetMs: -2_500, steps: 1, lastAt: null, lastByMs: null };

const standing = (given: Partial<Standing> = {}): Standing => ({
  figures: FIGURES,
  accounts: [],
  quotas: [],
  rates: new Map(),
  clock: CLOCK,
  processes: 1,
  webhooks: [],
  ...given,
});

const machines = (given: Partial<MachineFigures>): MachineFigures => ({
  open: 1,
  hourlyMicros: 0,
  unpriced: 0,
  debts: 0,
  debtHourlyMicros: 0,
  debtUnpriced: 0,
  debtSince: null,
  kept: 0,
  keptHourlyMicros: 0,
  keptUnpriced: 0,
  strays: 0,
  ...given,
});

function scraping(read: () => Promise<Standing>, given: Partial<ScrapeDeps> = {}) {
  const clock = new VirtualClock(SAMPLE_TIME);
  const registry = new Registry();
  const deps: ScrapeDeps = {
    standing: read,
    outage: () => null,
    clock: { monotonic: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
    room: async () => null,
    registry,
    version: "1.2.3",
    command: "work",
    ...given,
  };
  return { clock, scrape: createScrape(deps) };
}

test("the first accounts have labels of their own, the others share one", () => {
  const labelOf = createLabels(2);
  expect(["a", "b", "a", "c", "d"].map(labelOf)).toEqual(["a", "b", "a", OTHERS, OTHERS]);
});

test("however many accounts there are, the series are bounded, and what they have in common adds up", async () => {
  const accounts = Array.from({ length: 130 }, (_, n) =>
    sampleAccount({ id: accountId(`acc-${n}`), name: `account-${n}`, createdAt: SAMPLE_TIME + n, health: "suspended" }),
  );
  const late = new Map(
    accounts.map(({ id }, n) => [
      id,
      machines({ debts: 2, kept: 3, keptHourlyMicros: 20_000, debtSince: SAMPLE_TIME - 1_000 * n }),
    ]),
  );
  const text = await sharedMetrics(standing({ accounts, figures: { ...FIGURES, machines: late } }));
  const samples = samplesOf(text);
  expect(new Set(samples.map(({ labels }) => labels["account"])).size).toBe(102);
  const shared = { account: OTHERS, provider: OTHERS };
  expect(valueOf(samples, "slipway_debt_machines", shared)).toBe(60);
  expect(valueOf(samples, "slipway_debt_oldest_seconds", shared)).toBe(129);
  expect(valueOf(samples, "slipway_quarantine_machines", shared)).toBe(90);
  expect(valueOf(samples, "slipway_quarantine_dollars_per_hour", shared)).toBeCloseTo(0.6);
  expect(valueOf(samples, "slipway_account_health", { ...shared, health: "suspended" })).toBe(30);
  expect(valueOf(samples, "slipway_debt_machines", { account: "account-99", provider: "sim" })).toBe(2);
});

test("webhooks are told by name, and those beyond the first share one label", async () => {
  const webhooks = Array.from({ length: 102 }, (_, n) => ({
    webhook: { name: `w-${n}`, url: "", pool: null, kinds: null, createdAt: SAMPLE_TIME + n, createdBy: "ada" },
    waiting: 3,
    failing: { since: SAMPLE_TIME - 1_000 * n, text: "no answer" },
    dead: n,
  }));
  const samples = samplesOf(await sharedMetrics(standing({ webhooks })));
  expect(valueOf(samples, "slipway_webhook_dead_letters", { webhook: "w-2" })).toBe(2);
  expect(valueOf(samples, "slipway_webhook_dead_letters", { webhook: OTHERS })).toBe(201);
  expect(valueOf(samples, "slipway_webhook_waiting", { webhook: OTHERS })).toBe(6);
  expect(valueOf(samples, "slipway_webhook_failing_seconds", { webhook: OTHERS })).toBe(101);
});

test("what pools and users hold of their limits is told, and nothing of what is not limited", async () => {
  const limit = { ...UNLIMITED, hourlyMicros: 2_000_000, families: { "accelerators/h100": 8 } };
  const held = { hourlyMicros: 1_500_000, "own/accelerators/h100": 4, cpu: 3 };
  const free = { of: "user", name: "bob", limit: UNLIMITED, held } as const;
  const quotas = [{ of: "pool", name: "web", limit, held } as const, free];
  const samples = samplesOf(await sharedMetrics(standing({ quotas })));
  const told = samples.flatMap(({ name, labels, value }) =>
    name.startsWith("slipway_quota") ? [`${name} ${labels["of"]} ${labels["name"]} ${labels["quota"]} ${value}`] : [],
  );
  expect(told).toEqual([
    "slipway_quota_limit pool web hourlyCost 2",
    "slipway_quota_limit pool web accelerators/h100 8",
    "slipway_quota_used pool web hourlyCost 1.5",
    "slipway_quota_used pool web accelerators/h100 4",
  ]);
  const many = Array.from({ length: 130 }, (_, n) => ({ of: "user" as const, name: `user-${n}`, limit, held: {} }));
  expect(
    samplesOf(await sharedMetrics(standing({ quotas: many }))).filter(({ name }) => name === "slipway_quota_used"),
  ).toHaveLength(200);
});

test("names come through as they are, whatever is in them", async () => {
  const name = 'a"b\\c\nd}e 1';
  const samples = samplesOf(await sharedMetrics(standing({ accounts: [sampleAccount({ name })] })));
  const labels = samples.filter((one) => one.name === "slipway_machines").map((one) => one.labels["account"]);
  expect(labels).toEqual(['a\\"b\\\\c\\nd}e 1']);
});

test("gauges say how things stand", async () => {
  const samples = samplesOf(await sharedMetrics(standing()));
  expect(valueOf(samples, "slipway_late_rows", { pump: "advance" })).toBe(3);
  expect(valueOf(samples, "slipway_late_seconds", { pump: "advance" })).toBe(7.5);
  expect(valueOf(samples, "slipway_late_seconds", { pump: "poll" })).toBe(0);
  expect(valueOf(samples, "slipway_deployments", { state: "pending" })).toBe(2);
  expect(valueOf(samples, "slipway_deployments", { state: "rollback_failed" })).toBe(0);
  expect(valueOf(samples, "slipway_deployments", { state: "stopped" })).toBeNull();
  expect(valueOf(samples, "slipway_clock_offset_seconds", {})).toBe(-2.5);
});

test("who asks within a second shares one reading", async () => {
  let reads = 0;
  const { scrape, clock } = scraping(async () => {
    reads += 1;
    return standing();
  });
  await Promise.all([scrape(), scrape(), scrape()]);
  expect(reads).toBe(1);
  await clock.advance(1_000);
  await scrape();
  expect(reads).toBe(2);
});

test("a database that is away leaves out what is not known, and says why", async () => {
  const away = new StoreAway("no_space");
  const { scrape } = scraping(() => Promise.reject(away));
  const samples = samplesOf(await scrape());
  expect(valueOf(samples, "slipway_database_up", {})).toBe(0);
  expect(valueOf(samples, "slipway_database_away", { reason: "no_space" })).toBe(1);
  expect(valueOf(samples, "slipway_database_away", { reason: "busy" })).toBe(0);
  expect(valueOf(samples, "slipway_build_info", { version: "1.2.3", command: "work" })).toBe(1);
  expect(samples.some(({ name }) => name === "slipway_parked_deployments")).toBe(false);
});

test("a database that takes no writes is away, though it can be read", async () => {
  const { scrape } = scraping(async () => standing(), { outage: () => new StoreAway("read_only") });
  const samples = samplesOf(await scrape());
  expect(valueOf(samples, "slipway_database_up", {})).toBe(0);
  expect(valueOf(samples, "slipway_database_away", { reason: "read_only" })).toBe(1);
  expect(valueOf(samples, "slipway_parked_deployments", {})).toBe(0);
});

test("a database that hangs keeps nobody waiting for longer than Prometheus does", async () => {
  const { scrape, clock } = scraping(() => new Promise(() => {}));
  const text = scrape();
  await clock.advance(3_000);
  expect(valueOf(samplesOf(await text), "slipway_database_up", {})).toBe(0);
});

test("the disk of an embedded database has its room while that can be told", async () => {
  const rooms = [{ free: 5, total: 9 }, null];
  const { scrape, clock } = scraping(async () => standing(), { room: async () => rooms.shift() ?? null });
  const samples = samplesOf(await scrape());
  expect(valueOf(samples, "slipway_disk_free_bytes", { disk: "database" })).toBe(5);
  await clock.advance(1_000);
  const untold = samplesOf(await scrape());
  expect(untold.filter(({ name }) => name.startsWith("slipway_disk"))).toEqual([]);
});

test("what was answered, refused, not answered and cut short are told apart", async () => {
  const { meters, registry } = createOwnMetrics();
  const events = eventsTo("silent", { write: () => undefined }, { meters });
  const of = { account: sampleAccount({ name: "east" }), call: "create", ms: 250 };
  events.asked(of, null);
  events.asked(of, sampleFault({ class: "quota", code: "limit" }));
  events.asked(of, sampleFault({ class: "transient", code: "timeout" }));
  events.asked(of, sampleFault({ class: "transient", code: "process_stopped" }));
  const samples = samplesOf(await registry.metrics());
  const count = (result: string) =>
    valueOf(samples, "slipway_cloud_call_seconds_count", { provider: "sim", call: "create", result });
  expect(["answered", "quota", "timeout", "stopped", "transient"].map(count)).toEqual([1, 1, 1, 1, null]);
  const refused = (kind: string) =>
    valueOf(samples, "slipway_refusals_total", { account: "east", provider: "sim", class: kind });
  expect(["quota", "transient"].map(refused)).toEqual([1, 1]);
});

test("transactions are measured by what they came to", async () => {
  const { meters, registry } = createOwnMetrics();
  const events = eventsTo("silent", { write: () => undefined }, { meters });
  const time = new VirtualClock(SAMPLE_TIME);
  let now = 0;
  const store = openMemory({ clock: time, monotonic: () => time.now(), installation: "metered" });
  const measured = metering(store, { clock: { monotonic: () => now, sleep: async () => {} }, events });
  const taking20Ms = (outcome: () => string) => async () => {
    now += 20;
    return outcome();
  };
  const failing = (error: Error) => () => {
    throw error;
  };
  expect(await measured.read(taking20Ms(() => "fine"))).toBe("fine");
  await expect(measured.write(taking20Ms(failing(new StoreAway("busy"))))).rejects.toThrow(StoreAway);
  await expect(measured.write(taking20Ms(failing(new Error("no"))))).rejects.toThrow("no");
  const samples = samplesOf(await registry.metrics());
  const sum = (mode: string, outcome: string) => valueOf(samples, "slipway_database_seconds_sum", { mode, outcome });
  expect([sum("read", "done"), sum("write", "away"), sum("write", "failed"), sum("write", "done")]).toEqual([
    0.02, 0.02, 0.02, 0,
  ]);
});
