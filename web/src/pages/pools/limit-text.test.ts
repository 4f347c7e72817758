import { expect, test } from "vitest";
import { limitText } from "./limit-text.ts";

const NONE = { instances: null, cpu: null, memoryMib: null, hourlyCost: null };

test("a pool's limit names each amount that is bounded", () => {
  expect(limitText(NONE)).toBe("no limit");
  expect(limitText({ ...NONE, hourlyCost: 0.5 })).toBe("at most $0.500 per hour");
  expect(limitText({ instances: 1, cpu: 4, memoryMib: 2560, hourlyCost: 2 })).toBe(
    "at most 1 machine, 4 cpu, 2.5 GiB, $2.00 per hour",
  );
});
