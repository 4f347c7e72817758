import { expect, test } from "vitest";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { countedId } from "./ids.ts";

const REQUEST = { realm: "plain-a", size: "small", image: "nginx-1", parts: [{ kind: "volume", sizeGib: 5 }] } as const;

/** Of two machines and the volume of each. */
function idsAt(ids: NonNullable<CloudSettings["ids"]>, seed: string, run = ""): readonly string[] {
  const datacentre = createDatacentre({ clouds: [plainCloud({ ids })], clock: new VirtualClock(), seed, run });
  const cloud = datacentre.cloud("plain");
  for (const name of ["db", "web"]) cloud.plant("plain", { ...REQUEST, name });
  return cloud.snapshot().machines.flatMap(({ id, parts }) => [id, ...parts]);
}

test("are counted, as at EC2, or universally unique", () => {
  expect(idsAt("counted", "1")).toEqual(["plain-0001", "plain-volume-0001", "plain-0002", "plain-volume-0002"]);
  const [machine, volume] = idsAt("hex", "1");
  expect(machine).toMatch(/^i-0[0-9a-f]{16}$/);
  expect(volume).toMatch(/^vol-0[0-9a-f]{16}$/);
  for (const id of idsAt("uuid", "1"))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("follow from the seed, and no two are the same", () => {
  for (const style of ["hex", "uuid"] as const) {
    expect(idsAt(style, "1")).toEqual(idsAt(style, "1"));
    expect(new Set([...idsAt(style, "1"), ...idsAt(style, "2")]).size).toBe(8);
  }
});

test("of two runs are different, whatever they look like, and those of operations too", () => {
  expect(idsAt("counted", "1", "k7")).toEqual([
    "plain-k7-0001",
    "plain-k7-volume-0001",
    "plain-k7-0002",
    "plain-k7-volume-0002",
  ]);
  for (const style of ["hex", "uuid"] as const) {
    expect(new Set([...idsAt(style, "1", "k7"), ...idsAt(style, "1", "k8"), ...idsAt(style, "1")]).size).toBe(12);
  }
  expect(countedId({ name: "plain", run: "k7" }, "op-", 3)).toBe("plain-k7-op-0003");
});
