import { expect, test } from "vitest";
import { costIn, sumText } from "./price.ts";

const text = (dollars: number, unpriced: number) => sumText({ dollars, unpriced }, (known) => `$${known} per hour`);

test("a sum says what is not in it, and is none where no price is known", () => {
  expect(text(0.12, 0)).toBe("$0.12 per hour");
  expect(text(0, 0)).toBe("$0 per hour");
  expect(text(0.12, 1)).toBe("$0.12 per hour, not counting 1 machine whose price is not known");
  expect(text(0.12, 2)).toBe("$0.12 per hour, not counting 2 machines whose price is not known");
  expect(text(0, 2)).toBe("price not known");
});

test("a time costs nothing certain where a price is not known", () => {
  expect(costIn(5_400_000, { dollars: 0.2, unpriced: 0 })).toBeCloseTo(0.3);
  expect(costIn(5_400_000, { dollars: 0.2, unpriced: 1 })).toBeNull();
});
