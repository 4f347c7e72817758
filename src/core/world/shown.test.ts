import { describe, expect, test } from "vitest";
import { sampleFault, sampleObserved } from "../../ports/store.samples.ts";
import type { Observed } from "../machine.ts";
import { shownSign } from "./shown.ts";

const SHOWN = sampleObserved({
  externalId: "x-1",
  state: "running",
  privateAddress: "10.0.0.5",
  handle: { disk: "d" },
});

describe("the sign of what is shown", () => {
  const OTHERS: readonly Partial<Observed>[] = [
    { externalId: "x-2" },
    { state: "stopped" },
    { fault: sampleFault() },
    { privateAddress: "10.0.0.6" },
    { privateAddress: null },
    { publicAddress: "203.0.113.5" },
    { handle: { disk: "e" } },
    { handle: null },
  ];
  test.for(OTHERS)("is another one with %o", (other) => {
    expect(shownSign({ ...SHOWN, ...other })).not.toBe(shownSign(SHOWN));
  });

  test("is the same whatever no comparison goes by", () => {
    const fault = { ...SHOWN, fault: sampleFault({ text: "one" }) };
    expect(shownSign({ ...SHOWN, name: "sw-other", realm: "elsewhere" })).toBe(shownSign(SHOWN));
    expect(shownSign({ ...fault, fault: sampleFault({ text: "another" }) })).toBe(shownSign(fault));
  });

  test("differs among many that differ little, in its first bits and in its last", () => {
    const signs = Array.from({ length: 100_000 }, (_, n) =>
      shownSign({ ...SHOWN, externalId: `i-${n % 1_000}`, privateAddress: `10.0.${Math.trunc(n / 1_000)}.1` }),
    );
    expect(new Set(signs).size).toBe(signs.length);
    for (const bits of [signs.map((sign) => Math.floor(sign / 2 ** 43)), signs.map((sign) => sign % 1_024)]) {
      const counts = [...Map.groupBy(bits, (one) => one).values()].map(({ length }) => length);
      expect(counts.length).toBe(1_024);
      expect(Math.max(...counts)).toBeLessThan(160);
    }
  });
});
