import { expect, test } from "vitest";
import { EMPTY, planOf } from "./draft.ts";
import { sampleParameter } from "./parameter.samples.ts";

const text = (name: string) => sampleParameter(name, { userDataOnly: true });

test("a parameter counts as touched only when something was typed, whatever it is called", () => {
  const names = ["constructor", "toString", "plain"];
  const outline = { name: "shop", parameters: names.map(text), instances: [], outputs: [] };
  const draft = { ...EMPTY, stored: "shop" };
  expect(planOf(draft, outline)).toEqual({ blueprint: { name: "shop" } });
  const typed = { ...draft, values: new Map([["constructor", "x"]]) };
  expect(planOf(typed, outline)?.parameters).toEqual({ constructor: "x" });
});

test("a time is asked for in its unit, 0 switches off what the blueprint says, and nothing typed leaves it as it is", () => {
  const outline = { name: "shop", parameters: [], instances: [], outputs: [] };
  const typed = (hold: string, quarantine: string) => planOf({ ...EMPTY, stored: "shop", hold, quarantine }, outline);
  expect(typed("30", "0.5")).toMatchObject({ holdMs: 1_800_000, quarantineMs: 1_800_000 });
  expect(typed("0", "0.0")).toMatchObject({ holdMs: null, quarantineMs: null });
  expect(typed("", "")).toEqual({ blueprint: { name: "shop" } });
});
