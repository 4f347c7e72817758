import { expect, test } from "vitest";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import { isAskedFor } from "./enquired.ts";
import { whereChoice } from "./where.ts";

const account = { images: { base: "img-7" }, settings: { where: { r1: { networks: ["shop"] } } } };
const instances = [
  sampleResolvedInstance({ images: ["base", "debian-12"] }),
  sampleResolvedInstance({ images: ["debian-12"], where: { securityGroups: ["db"] } }),
];
const asked = (kind: "image" | "where", choice: string | null, realm = "r1") =>
  isAskedFor({ kind, realm, choice: choice ?? "" }, account, instances);

test("an image is asked for by the account's own name of it, whichever alternative it is", () => {
  expect([asked("image", "img-7"), asked("image", "debian-12")]).toEqual([true, true]);
  expect([asked("image", "base"), asked("image", "debian-13")]).toEqual([false, false]);
});

test("a placement is asked for as account and blueprint say it together, realm by realm", () => {
  const both = whereChoice({ networks: ["shop"], securityGroups: ["db"] });
  expect([asked("where", both), asked("where", both, "r2")]).toEqual([true, false]);
  expect(asked("where", whereChoice({ securityGroups: ["db"] }), "r2")).toBe(true);
  expect(asked("where", whereChoice({ networks: ["shop"] }))).toBe(true);
  expect(asked("where", whereChoice({ networks: ["other"] }))).toBe(false);
});

test("what another hand wrote into the account's row asks for nothing", () => {
  const broken = { images: {}, settings: { where: "shop" } };
  const question = { kind: "where", realm: "r1", choice: "" } as const;
  expect(isAskedFor(question, broken, instances)).toBe(false);
});
