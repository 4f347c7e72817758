import { expect, test } from "vitest";
import { pointerOf } from "../core/blueprint/mistake.ts";
import { pathOf } from "./pointer.ts";

test.each([[[]], [["where", "east/1", "~0"]], [["", "~1", "a.b"]]])("leads to %j", (path) => {
  expect(pathOf(pointerOf(path))).toEqual(path);
});
