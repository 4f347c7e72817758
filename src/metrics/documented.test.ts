// docs/metrics.md has every metric, and no other.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { openMemory } from "../store/memory/open.ts";
import { createOwnMetrics } from "./own.ts";
import { createScrape } from "./scrape.ts";
import { readStanding } from "./shared.ts";

test("the page has every metric with its labels, and no other", async () => {
  const clock = new VirtualClock(0);
  const wall = { monotonic: () => clock.now(), sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) };
  const store = openMemory({ clock, monotonic: () => clock.now(), installation: "metrics" });
  const { registry } = createOwnMetrics();
  const room = async () => ({ free: 1, total: 2 });
  const text = await createScrape({
    standing: () => store.read(readStanding),
    clock: wall,
    registry,
    room,
    version: "1",
    command: "serve",
    outage: () => null,
  })();
  const told = [...text.matchAll(/^# TYPE (slipway_\w+)/gm)].map(([, name = ""]) => name);
  const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `slipway_"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(slipway_\w+)`/g)].map(([, name = ""]) => name),
  );
  expect(told.length).toBeGreaterThan(30);
  expect(named.toSorted()).toEqual(told.toSorted());
});
