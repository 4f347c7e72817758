import { describe, expect, test } from "vitest";
import { pointerOf } from "../blueprint/mistake.ts";
import { WHERE_KEYS } from "../blueprint/model.ts";
import { readSections, readWhereChoice, whereChoice, whereIn, whereText } from "./where.ts";

const KEY = `ssh-ed25519 ${"A".repeat(68)} ops@example.org`;

function sectionsOf(value: unknown, taken = WHERE_KEYS) {
  const read = readSections(value, taken);
  if ("problem" in read) throw new Error(read.problem);
  return read.ok;
}

describe("an account's defaults", () => {
  test("are none unless it has some", () => {
    expect(sectionsOf(undefined).size).toBe(0);
    expect(whereIn(sectionsOf(undefined), "r1", { key: "ops" })).toEqual({ key: "ops" });
  });

  test("come behind the blueprint, key by key, those of the realm before those of all realms", () => {
    const sections = sectionsOf({
      "*": { networks: ["all"], securityGroups: ["web", "web"], key: "ops", publicAddress: false },
      r1: { networks: ["one"], publicKey: KEY },
    });
    const ofAll = { networks: ["all"], securityGroups: ["web"], key: "ops", publicAddress: false };
    expect(whereIn(sections, "r2", {})).toEqual(ofAll);
    expect(whereIn(sections, "r2", { publicAddress: true, hosts: "spread" })).toEqual({
      ...ofAll,
      publicAddress: true,
      hosts: "spread",
    });
    const { key: _, ...others } = ofAll;
    expect(whereIn(sections, "r1", {})).toEqual({ ...others, networks: ["one"], publicKey: KEY });
    expect(whereIn(sections, "r1", { key: "own" })).toEqual({ ...others, networks: ["one"], key: "own" });
    expect(whereIn(sectionsOf({ r1: { key: "ops" } }), "r1", {})).toEqual({ key: "ops" });
    expect(whereIn(sectionsOf({ r1: { key: "ops" } }), "r2", {})).toEqual({});
  });

  const known = "networks, securityGroups, key, publicKey, publicAddress";
  const noMap = 'must be a map from realms, or "*" for all realms, to what holds there';
  const names = "must be a list of 1 to 8 names";
  const left = (key: string): string =>
    `stands where a realm is named: put it below one, or below "*" for all realms, as {"*": {"${key}": …}}`;

  test.each<[string, string, unknown]>([
    ["", noMap, ["shop"]],
    ["", noMap, null],
    ["/r1", `stands where a realm is named, and must be a map of ${known}`, { r1: "shop" }],
    ["/hosts", `stands where a realm is named, and must be a map of ${known}`, { hosts: "spread" }],
    ["/networks", left("networks"), { networks: ["shop"] }],
    ["/public_adress", left("publicAddress"), { public_adress: true }],
    ["/*/netwroks", `is not known: did you mean networks? known: ${known}`, { "*": { netwroks: 1 } }],
    ["/*/disk", `is not known; known: ${known}`, { "*": { disk: 1 } }],
    ["/*/hosts", `is a blueprint's to say, not an account's; known: ${known}`, { "*": { hosts: "spread" } }],
    ["/*/networks", names, { "*": { networks: "shop" } }],
    ["/*/networks", names, { "*": { networks: [] } }],
    ["/a~1b.c~0/networks", names, { "a/b.c~": { networks: Array.from({ length: 9 }, String) } }],
    [
      "/*/networks",
      `${names}, of which each must be the cloud's name or id of it, at most 128 characters, such as shop`,
      { "*": { networks: ["shop", " x"] } },
    ],
    [
      "/*/networks",
      "has names of 656 bytes together, and at most 600 are asked for: name fewer, or by shorter ids",
      { "*": { networks: Array.from({ length: 5 }, (_, at) => "x".repeat(127) + at) } },
    ],
    ["/*/key", "must be the name of an ssh key at the cloud, at most 128 characters, such as ops", { "*": { key: 7 } }],
    ["/*/publicAddress", "must be true or false", { "*": { publicAddress: "true" } }],
    [
      "/*/publicKey",
      "must be a public key in one line as OpenSSH writes it, such as ssh-ed25519 AAAA… ops@example.org",
      { "*": { publicKey: "x" } },
    ],
    [
      "/*/publicKey",
      "stands beside key, and a machine gets one of the two: remove one",
      { "*": { key: "ops", publicKey: KEY } },
    ],
  ])("%s %s", (pointer, problem, value) => {
    const read = readSections(value, WHERE_KEYS);
    expect("problem" in read ? [pointerOf(read.path), read.problem] : read).toEqual([pointer, problem]);
  });

  test("are of keys that the provider takes", () => {
    const read = readSections({ "*": { key: "ops" } }, ["networks"]);
    expect(read).toEqual({ path: ["*", "key"], problem: "is not known; known: networks" });
  });
});

test("a question is the same for the same, and tells no more of a public key than its kind", () => {
  expect(whereChoice({})).toBeNull();
  const choice = whereChoice({ hosts: "compact", publicKey: KEY, networks: ["shop", "db"], publicAddress: false });
  expect(choice).toBe(
    whereChoice({ networks: ["shop", "db"], publicAddress: false, publicKey: KEY, hosts: "compact" }),
  );
  expect(readWhereChoice(choice ?? "")).toEqual({
    networks: ["shop", "db"],
    publicKey: "ssh-ed25519",
    publicAddress: false,
    hosts: "compact",
  });
  expect(whereText(choice ?? "")).toBe("networks shop, db, publicKey ssh-ed25519, publicAddress false, hosts compact");
});
