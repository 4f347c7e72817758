import { expect, test } from "vitest";
import { sampleBlueprint, sampleResolvedInstance, SMALL_PROFILE } from "../../ports/store.samples.ts";
import { DEFAULT_REPAIR, type ResolvedInstance, type TemplatePart } from "../blueprint/model.ts";
import { differenceOf, type Revised } from "./difference.ts";

const says = (text: string): TemplatePart => ({ kind: "text", text });
const tells = (...instances: string[]): TemplatePart => ({ kind: "instance", instances, attribute: "privateAddress" });
const one = (name: string, given: Partial<ResolvedInstance> = {}) =>
  sampleResolvedInstance({ name, group: name.replace(/-\d+$/, ""), ...given });

/** `name change: reasons`, of each. */
function difference(
  before: readonly ResolvedInstance[],
  after: readonly ResolvedInstance[],
  given: Partial<Revised> & { readonly parameters?: readonly [object, object] } = {},
): string[] {
  const [old = {}, now = {}] = given.parameters ?? [];
  return differenceOf({
    before: sampleBlueprint({ instances: before, parameters: { ...old } }),
    after: sampleBlueprint({ instances: after, parameters: { ...now } }),
    changedSecrets: given.changedSecrets ?? new Set(),
    down: given.down ?? new Set(),
  }).map(({ name, change, reasons }) => [`${name} ${change}`, ...reasons].join(": "));
}

test("what is the same is kept, in whatever order its keys were stored", () => {
  const stored = Object.fromEntries(Object.entries(SMALL_PROFILE).toReversed());
  const same = one("db", { profiles: [{ ...SMALL_PROFILE, ...stored }] });
  const told = one("app", { userData: [tells("db")] });
  expect(difference([one("db"), told], [same, told])).toEqual(["db keep", "app keep"]);
});

test.each<[Partial<ResolvedInstance>, string]>([
  [{ images: ["debian-14", "ubuntu"] }, "its image is debian-14 or ubuntu, and was debian-13"],
  [
    { profiles: [{ ...SMALL_PROFILE, name: "big", cpu: 2 }] },
    "its hardware is 2 cpu, 2048 MiB of memory, 10 GiB of storage, x86_64, and was 1 cpu, 2048 MiB of memory, 10 GiB of storage, x86_64",
  ],
  [{ spot: { maxHourlyMicros: 5 } }, "what it says about spot offers is another"],
  [{ where: { networks: ["a"], publicAddress: true } }, "its placement is another: networks, publicAddress"],
  [{ userData: [says("echo hi")] }, "its user data is another"],
])("what a machine is made of replaces it: %j", (given, reason) => {
  expect(difference([one("db")], [one("db", given)])).toEqual([`db replace: ${reason}`]);
});

test("the name of a profile is no hardware", () => {
  expect(difference([one("db")], [one("db", { profiles: [{ ...SMALL_PROFILE, name: "other" }] })])).toEqual([
    "db keep",
  ]);
});

test("order, readiness and repair need no other machine", () => {
  const given = {
    dependsOn: ["app"],
    ready: { kind: "tcp", port: 5 },
    live: { check: { kind: "tcp", port: 5 }, periodMs: 1_000, failures: 1 },
    repair: { ...DEFAULT_REPAIR, tries: 9 },
    update: { order: "removeFirst" },
    protect: true,
  } as const;
  expect(difference([one("app"), one("db")], [one("app"), one("db", given)])).toEqual([
    "app keep",
    "db keep: its readiness check is another, and is asked anew: it depends on others: its live check is another: its repair is another: updates remove its machine first from now on: it is protected",
  ]);
  expect(difference([one("db", { protect: true })], [one("db")])).toEqual(["db keep: it is protected no more"]);
  expect(difference([one("db", { update: { order: "removeFirst" } })], [one("db")])).toEqual([
    "db keep: updates create its new machine first from now on",
  ]);
});

test("who is to call home is another machine, and who needs no check any more is ready as it is", () => {
  const [tried, calls] = [one("db", { ready: { kind: "tcp", port: 5 } }), one("db", { ready: { kind: "callback" } })];
  expect(difference([tried], [calls])).toEqual([
    "db replace: it is to call home when it is ready, which a machine does once, when it starts",
  ]);
  expect(difference([calls], [calls])).toEqual(["db keep"]);
  expect(difference([tried], [one("db")])).toEqual([
    "db keep: it has no readiness check any more: it runs, which is enough",
  ]);
});

test("who holds the address of a replaced member is replaced, and who holds that one's as well", () => {
  const rest = [
    one("app", { userData: [says("x"), tells("db")] }),
    one("web", { userData: [tells("app"), tells("app")] }),
  ];
  expect(difference([one("db"), ...rest], [one("db", { images: ["other"] }), ...rest])).toEqual([
    "db replace: its image is other, and was debian-13",
    "app replace: its user data holds the privateAddress of db, which is replaced",
    "web replace: its user data holds the privateAddress of app, which is replaced",
  ]);
});

test("another list of members replaces those who hold it; a group that is renamed goes and comes", () => {
  const [a, b] = [one("app-1"), one("app-2")];
  const both = one("web", { userData: [tells("app-1", "app-2")] });
  expect(difference([a, one("web", { userData: [tells("app-1")] })], [a, b, both])).toEqual([
    "app-1 keep",
    "app-2 add: it is to be there now",
    "web replace: its user data holds the privateAddress of app-1, app-2, and held that of app-1",
  ]);
  expect(difference([a, b], [one("core-1")])).toEqual([
    "core-1 add: it is to be there now",
    "app-2 remove: it is not to be there any more",
    "app-1 remove: it is not to be there any more",
  ]);
  const anew = [one("app-1", { spot: { maxHourlyMicros: null } }), one("app-2", { spot: { maxHourlyMicros: null } })];
  expect(difference([a, b, both], [...anew, both])[2]).toBe(
    "web replace: its user data holds the privateAddress of app-1, app-2, which are replaced",
  );
});

test("a parameter replaces those alone whose user data holds it, a secret one too", () => {
  const holds = (name: string) => one("db", { userData: [{ kind: "parameter", name }] });
  const [old, now] = [
    { size: 1, greeting: "hi", password: null },
    { size: 2, greeting: "hi", password: null },
  ];
  const after = (name: string, changedSecrets: readonly string[] = []) =>
    difference([holds(name)], [holds(name)], { parameters: [old, now], changedSecrets: new Set(changedSecrets) });
  expect(after("greeting")).toEqual(["db keep"]);
  expect(after("size")).toEqual(["db replace: its user data holds parameter size, which has another value"]);
  expect(after("password")).toEqual(["db keep"]);
  expect(after("password", ["password"])[0]).toContain("db replace");
  expect(difference([holds("size")], [holds("size")], { parameters: [{ size: 1 }, {}] })[0]).toContain("db replace");
});

test("who is not up is replaced, whatever the blueprints say", () => {
  expect(difference([one("db")], [one("db")], { down: new Set(["db"]) })).toEqual(["db replace: it is not up"]);
});
