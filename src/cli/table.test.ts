import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { money, widthOf } from "./print.ts";
import { table } from "./table.ts";

interface Row {
  readonly name: string;
  readonly cost: number;
  readonly place: string;
  readonly why: string;
}

const COLUMNS = [
  { title: "NAME", of: ({ name }: Row) => name },
  { title: "COST", of: ({ cost }: Row) => money(cost), right: true as const },
  { title: "PLACE", of: ({ place }: Row) => place },
  { title: "WHY", of: ({ why }: Row) => why },
];
const ROWS: readonly Row[] = [
  { name: "a", cost: 1, place: "east (east-1)", why: "short" },
  { name: "longer", cost: 12, place: "-", why: "needs 8 cpu, 4 of 64 are free\nand more" },
];

describe("a table", () => {
  test("has every text on the line of its row where there is room for all, and in a pipe", () => {
    const whole = [
      "NAME       COST  PLACE          WHY",
      "a       $1.0000  east (east-1)  short",
      "longer   $12.00  -              needs 8 cpu, 4 of 64 are free and more",
    ];
    expect(table(ROWS, COLUMNS, Infinity)).toEqual(whole);
    expect(table(ROWS, COLUMNS, 70)).toEqual(whole);
  });

  test("breaks its last column where words have room in it", () => {
    expect(table(ROWS, COLUMNS, 55)).toEqual([
      "NAME       COST  PLACE          WHY",
      "a       $1.0000  east (east-1)  short",
      "longer   $12.00  -              needs 8 cpu, 4 of 64",
      "                                are free and more",
    ]);
  });

  test("puts below a row what has no room beside it, with its title", () => {
    expect(table(ROWS, COLUMNS, 40)).toEqual([
      "NAME       COST  PLACE",
      "a       $1.0000  east (east-1)",
      "  WHY short",
      "longer   $12.00  -",
      "  WHY needs 8 cpu, 4 of 64 are free and",
      "  more",
    ]);
    expect(table(ROWS, COLUMNS, 24)).toEqual([
      "NAME       COST",
      "a       $1.0000",
      "  PLACE east (east-1)",
      "  WHY short",
      "longer   $12.00",
      "  WHY needs 8 cpu, 4 of",
      "  64 are free and more",
    ]);
  });

  test("leaves out a column with nothing in it", () => {
    const rows = ROWS.map((row) => ({ ...row, place: "" }));
    expect(table(rows, COLUMNS.slice(0, 3), 40)).toEqual(["NAME       COST", "a       $1.0000", "longer   $12.00"]);
  });

  test("is never wider than the terminal, and loses no word but of a first column that is wider", () => {
    const word = fc.stringMatching(/^[a-z日é-]{1,30}$/);
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
    const row = fc.record({ name: fc.stringMatching(/^[a-z]{1,15}$/), cost: fc.nat(9_999), place: text, why: text });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), fc.integer({ min: 16, max: 120 }), (rows, width) => {
        const lines = table(rows, COLUMNS, width);
        expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
        const letters = lines.join("").replaceAll(/\s/g, "");
        for (const { name, cost, place, why } of rows) {
          for (const each of [name, money(cost), ...place.split(" "), ...why.split(" ")]) {
            if (each !== "-" && widthOf(each) < width - 10) expect(letters).toContain(each);
          }
        }
      }),
    );
  });
});
