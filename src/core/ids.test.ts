import { expect, test } from "vitest";
import { askedFor, deploymentId, machineIdOf } from "./ids.ts";

test("a machine's name says for whom it was asked, and no other name does", () => {
  const deployment = deploymentId("abcdefghijk1");
  const name = machineIdOf({ deployment, attempt: 2, instance: "web-a1-t3", tryNo: 11 });
  expect(askedFor(name)).toEqual({ deployment, attempt: 2, instance: "web-a1-t3" });
  expect(["sw-lost", `${name}~x-1`, `x${name}`, ""].map(askedFor)).toEqual([null, null, null, null]);
});
