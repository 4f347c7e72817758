import { expect, test } from "vitest";
import { limitText, nearText } from "./limit-text.ts";

const NONE = {
  instances: null,
  cpu: null,
  memoryMib: null,
  storageGib: null,
  accelerators: null,
  deployments: null,
  hourlyCost: null,
  families: {},
};

test("a pool's limit names each amount that is bounded", () => {
  expect(limitText(NONE)).toBe("no limit");
  expect(limitText({ ...NONE, hourlyCost: 0.5 })).toBe("at most $0.500 per hour");
  expect(
    limitText({ ...NONE, instances: 1, cpu: 4, memoryMib: 2560, hourlyCost: 2, families: { "accelerators/h100": 8 } }),
  ).toBe("at most 1 machine, 4 cpu, 2.5 GiB, $2.00 per hour, 8 accelerators/h100");
});

test("what is nearly used is told with how much of it", () => {
  expect(
    nearText([
      { quota: "instances", used: 9, most: 10 },
      { quota: "hourlyCost", used: 1.5, most: 2 },
    ]),
  ).toBe("9 of 10 machines, $1.50 of $2.00 per hour");
});
