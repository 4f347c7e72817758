import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { Roll } from "./roll.ts";

function named(roll: Roll, ...names: string[]): void {
  for (const name of names) roll.name(roll.add(name), false);
}

describe("a roll", () => {
  test("finds who was added, whatever the name, and nobody else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 300 }), (names) => {
        const roll = new Roll();
        const places = names.map((name) => roll.add(name));
        expect(new Set(places).size).toBe(names.length);
        expect(names.map((name) => roll.find(name))).toEqual(places);
        expect(roll.find(`${names.join("")}?`)).toBeNull();
        expect(names.map((name) => roll.add(name))).toEqual(places);
      }),
    );
  });

  test("keeps signs and names while it grows", () => {
    const roll = new Roll();
    const names = Array.from({ length: 5_000 }, (_, n) => `sw-dep${n}-web-${n % 7}`);
    for (const [n, name] of names.entries()) {
      const place = roll.add(name);
      expect(roll.signOf(place)).toBeNaN();
      roll.sign(place, n);
      roll.name(place, n % 2 === 0);
    }
    expect(names.map((name) => roll.signOf(roll.find(name) ?? -1))).toEqual(names.map((_, n) => n));
    expect(names.map((name) => roll.wasLate(roll.find(name) ?? -1))).toEqual(names.map((_, n) => n % 2 === 0));
    expect(roll.names()).toEqual(names);
    expect(roll.named).toBe(names.length);
  });

  test("tells who was named before and is not named now, until they are dropped", () => {
    const roll = new Roll();
    named(roll, "a", "b", "c");
    expect(roll.unnamed()).toEqual([]);
    roll.begin();
    named(roll, "b", "b");
    expect([roll.named, roll.names(), roll.unnamed()]).toEqual([1, ["b"], ["a", "c"]]);
    roll.dropUnnamed();
    expect(roll.unnamed()).toEqual([]);
    roll.begin();
    expect(roll.unnamed()).toEqual(["b"]);
    named(roll, "a", "b");
    expect([roll.named, roll.unnamed()]).toEqual([2, []]);
  });

  test("who was dropped has no sign when it comes back", () => {
    const roll = new Roll();
    const place = roll.add("a");
    roll.sign(place, 7);
    roll.name(place, true);
    roll.begin();
    expect(roll.wasLate(place)).toBe(false);
    roll.dropUnnamed();
    expect(roll.signOf(roll.add("a"))).toBeNaN();
  });

  test("is worn when most of it are names of the past", () => {
    const roll = new Roll();
    named(roll, ...Array.from({ length: 200 }, (_, n) => `old-${n}`));
    expect(roll.isWorn).toBe(false);
    roll.begin();
    roll.dropUnnamed();
    expect(roll.isWorn).toBe(true);
  });
});
