import { expect, test } from "vitest";
import { partName } from "./part-name.ts";

const LONG = `sw-${"x".repeat(59)}-a`;

test("a part is named after its machine and its kind", () => {
  expect(partName("web", "port", null)).toBe("web-port");
  expect(partName("web", "port", 8)).toBe("web-port");
});

test("what is too long is cut, and names stay apart", () => {
  const name = partName(LONG, "address", 63);
  expect(name).toHaveLength(63);
  expect(name).toMatch(/^sw-x+-[0-9a-f]{16}-address$/);
  expect(partName(LONG, "address", 63)).toBe(name);
  expect(partName(LONG.replace(/a$/, "b"), "address", 63)).not.toBe(name);
  expect(partName(LONG, "port", 63)).not.toBe(name);
});
