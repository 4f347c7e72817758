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
