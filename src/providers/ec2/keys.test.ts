import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { CreateRequest, Handle, KnownMachine } from "../../core/machine.ts";
import { HandleNotKept } from "../../ports/provider.ts";
import { calm, keepNothing, readyRequest, lookedUp } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  answer,
  BEFORE,
  cut,
  type Exchange,
  IMAGE,
  INSTANCE,
  instance,
  instances,
  keyPairs,
  made,
  openReplayed,
  refusal,
  ZONE,
} from "./cloud-replay.testsuite.ts";

const PUBLIC_KEY = `ssh-ed25519 ${"A".repeat(68)} ops@example.org`;
const placement = { realm: ZONE, size: "m7i.large", image: IMAGE };
const ready = (): CreateRequest => readyRequest({ placement }, { where: { publicKey: PUBLIC_KEY } });

const IMPORTED = answer("ImportKeyPair", "<keyPairId>key-0a1</keyPairId>");
const DELETED = answer("DeleteKeyPair", "<return>true</return>");
const DUPLICATE = refusal("ImportKeyPair", { status: 400, code: "InvalidKeyPair.Duplicate" });
const FULL = refusal("RunInstances", { status: 500, code: "InsufficientInstanceCapacity" });
const TERMINATED = answer("TerminateInstances", "<instancesSet/>");

const named = (machine: string): { readonly more: string } => ({ more: `<keyName>${machine}-key</keyName>` });
const gone = refusal("DescribeInstances", {
  status: 400,
  code: "InvalidInstanceID.NotFound",
  message: `The instance ID '${INSTANCE}' does not exist`,
});

const known = (given: Partial<KnownMachine> = {}): KnownMachine => ({
  name: "sw-web",
  realm: ZONE,
  externalId: INSTANCE,
  handle: { key: "sw-web-key" },
  isLeaving: false,
  ...given,
});
const LONE = known({ externalId: "parts:suite/sw-web" });

const now = (): string => new Date().toISOString();

test("a key is imported for the machine with its tags and kept before the machine is asked for, which has it", async () => {
  const request = ready();
  const script = [...BEFORE, IMPORTED, made(request.name, named(request.name))];
  await using opened = await openReplayed(script);
  const kept: [Handle, number][] = [];
  const keep = async (handle: Handle) => void kept.push([handle, opened.asked.length]);
  const seen = await opened.cloud.create(request, keep, calm());
  const key = `${request.name}-key`;
  expect(seen).toMatchObject({ externalId: INSTANCE, handle: { key } });
  expect(kept).toEqual([
    [{ key }, 3],
    [{ key }, 4],
  ]);
  const [imported, ran] = opened.asked.slice(2).map(({ body }) => body);
  expect(imported?.get("KeyName")).toBe(key);
  expect(Buffer.from(imported?.get("PublicKeyMaterial") ?? "", "base64").toString()).toBe(PUBLIC_KEY);
  expect([...(imported?.values() ?? [])]).toEqual(expect.arrayContaining(["key-pair", "suite", request.name]));
  expect(ran?.get("KeyName")).toBe(key);
});

test("a keep that is refused ends the create before the machine is asked for", async () => {
  await using opened = await openReplayed([...BEFORE, IMPORTED]);
  const keep = async (): Promise<void> => {
    throw new HandleNotKept("not wanted any more");
  };
  await expect(opened.cloud.create(ready(), keep, calm())).rejects.toBeInstanceOf(HandleNotKept);
});

test("a key of this machine that is there already is taken, anybody else's is not", async () => {
  const request = ready();
  const script = [...BEFORE, DUPLICATE, keyPairs({ machine: request.name }), made(request.name), DUPLICATE, keyPairs()];
  await using opened = await openReplayed(script);
  await opened.cloud.create(request, keepNothing, calm());
  const fault = await faultOf(opened.cloud.create(request, keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
});

test.each<[string, readonly Exchange[], string]>([
  ["gone again", [DELETED, keyPairs()], "none"],
  ["not to be removed", [refusal("DeleteKeyPair", { status: 403, code: "UnauthorizedOperation" })], "made"],
  ["asked about in vain", [DELETED, cut("DescribeKeyPairs")], "made"],
])("a refused machine whose key is %s", async (_, after, effect) => {
  await using opened = await openReplayed([...BEFORE, IMPORTED, FULL, ...after]);
  const request = ready();
  const error: unknown = await opened.cloud.create(request, keepNothing, calm()).catch((reason: unknown) => reason);
  const externalId = effect === "none" ? null : `parts:suite/${request.name}`;
  expect(error).toMatchObject({ fault: { class: "capacity", effect }, externalId });
});

test("a machine in doubt keeps its key, and a key in doubt asks for no machine", async () => {
  await using opened = await openReplayed([...BEFORE, IMPORTED, cut("RunInstances"), cut("ImportKeyPair")]);
  expect(await faultOf(opened.cloud.create(ready(), keepNothing, calm()))).toMatchObject({ effect: "unknown" });
  expect(await faultOf(opened.cloud.create(ready(), keepNothing, calm()))).toMatchObject({ effect: "unknown" });
});

test("kinds that EC2 does not take are told beforehand", async () => {
  const own = (): Exchange =>
    answer("DescribeSubnets", `<subnetSet><item><subnetId>subnet-0a</subnetId></item></subnetSet>`);
  await using opened = await openReplayed([own(), own()]);
  expect(await opened.cloud.lacks?.({ publicKey: "ssh-ed25519" }, ZONE, calm())).toBeNull();
  expect(await opened.cloud.lacks?.({ publicKey: "ecdsa-sha2-nistp256" }, ZONE, calm())).toBe(
    "EC2 takes ssh keys of the kinds ssh-rsa and ssh-ed25519, and ecdsa-sha2-nistp256 is none of them",
  );
});

test("a machine goes with its key, which is looked for only where there may be one", async () => {
  const key = keyPairs({ machine: "sw-web" });
  await using opened = await openReplayed([TERMINATED, key, DELETED, TERMINATED, keyPairs(), TERMINATED]);
  await opened.cloud.destroy(known(), calm());
  expect(opened.asked.at(-1)?.body.get("KeyPairId")).toBe("key-0a1");
  await opened.cloud.destroy(known({ handle: null }), calm());
  await opened.cloud.destroy(known({ handle: {} }), calm());
});

test("a key pair that somebody else has named or tagged so is nobody's part", async () => {
  const others = keyPairs({ machine: "sw-web", name: "ops" }, { machine: "sw-db" });
  await using opened = await openReplayed([TERMINATED, others]);
  await opened.cloud.destroy(known(), calm());
});

const lookAt = async (script: readonly Exchange[], machine: KnownMachine) => {
  await using opened = await openReplayed(script);
  return (await opened.cloud.look([machine], calm())).get(machine.name);
};
const ended = instances([instance("sw-web", { state: "terminated", ...named("sw-web") })]);
const KEY = keyPairs({ machine: "sw-web" });

test.each<[string, readonly Exchange[], KnownMachine, object]>([
  [
    "ended, its key there",
    [ended, KEY],
    known(),
    { kind: "seen", observed: { state: "error", fault: { code: "parts_alone" } } },
  ],
  ["ended with its key", [ended, keyPairs()], known(), { kind: "seen", observed: { state: "gone" } }],
  [
    "not there, its key there",
    [gone, KEY],
    known(),
    { kind: "seen", observed: { state: "error", externalId: INSTANCE } },
  ],
  ["not there, nor its key", [gone, keyPairs()], known(), { kind: "absent" }],
  ["not there, and nobody knows of a key", [gone, KEY], known({ handle: null }), { kind: "seen" }],
  ["not there, without a key", [gone], known({ handle: {} }), { kind: "absent" }],
  [
    "not shown yet, as its new key",
    [gone, keyPairs({ machine: "sw-web", imported: now() })],
    known(),
    { kind: "unknown" },
  ],
  [
    "leaving, not there, its new key there",
    [gone, keyPairs({ machine: "sw-web", imported: now() })],
    known({ isLeaving: true }),
    { kind: "seen", observed: { state: "error" } },
  ],
  ["ended, its key not told of", [ended, cut("DescribeKeyPairs")], known(), { kind: "unknown" }],
  [
    "a key alone",
    [instances([]), KEY],
    LONE,
    { kind: "seen", observed: { state: "error", externalId: LONE.externalId } },
  ],
  ["a key alone, gone", [instances([]), keyPairs()], LONE, { kind: "absent" }],
  [
    "a key alone, until its machine came up",
    [instances([instance("sw-web", named("sw-web"))])],
    LONE,
    { kind: "seen", observed: { state: "error", externalId: LONE.externalId } },
  ],
])("a look at a machine that is %s", async (...row) => {
  const [, script, machine, expected] = row;
  expect(await lookAt(script, machine)).toMatchObject(expected);
});

test("what became of a lone key goes with it", async () => {
  await using opened = await openReplayed([instances([instance("sw-web", named("sw-web"))]), TERMINATED, KEY, DELETED]);
  await opened.cloud.destroy(LONE, calm());
  expect(opened.asked[1]?.body.get("InstanceId.1")).toBe(INSTANCE);
});

test("a key that a list took for a lone one, while the machine's own row stands, is left to it", async () => {
  const double = { ...LONE, name: "sw-web~key:suite/sw-web" };
  const running = instances([instance("sw-web", named("sw-web"))]);
  await using opened = await openReplayed([running, running, instances([]), KEY, DELETED]);
  expect((await opened.cloud.look([double], calm())).get(double.name)).toEqual({ kind: "absent" });
  await opened.cloud.destroy(double, calm());
  expect(opened.asked).toHaveLength(2);
  // Without the machine it goes.
  await opened.cloud.destroy(double, calm());
});

test("a lone key is found by the machine's name, and on the last page of a list, unless it is new", async () => {
  const some = [{ machine: "sw-web" }, { machine: "sw-db", id: "key-0b2" }, { machine: "sw-new", imported: now() }];
  const script = [
    instances([]),
    KEY,
    instances([instance("sw-web", named("sw-web"))], "page2"),
    instances([instance("sw-x", { id: "i-0c" })]),
    keyPairs(...some, { machine: "sw-late", id: "key-0d4" }),
    instances([instance("sw-late", { id: "i-0d", ...named("sw-late") })]),
  ];
  await using opened = await openReplayed(script);
  const machine = { ...known(), externalId: null };
  const [found, ...more] = await lookedUp(opened, machine);
  expect([found, more]).toMatchObject([{ externalId: LONE.externalId, state: "error", name: "sw-web" }, []]);
  const first = await opened.cloud.list("suite", null, calm());
  const last = await opened.cloud.list("suite", first.next, calm());
  expect(first.machines).toMatchObject([{ name: "sw-web", handle: { key: "sw-web-key" } }]);
  expect(last.machines).toMatchObject([
    { name: "sw-x", handle: {} },
    { name: "sw-db", externalId: "parts:suite/sw-db", state: "error" },
  ]);
});

test("an answer without a list of keys proves nothing", async () => {
  await using opened = await openReplayed([gone, answer("DescribeKeyPairs")]);
  expect((await opened.cloud.look([known()], calm())).get("sw-web")).toMatchObject({ kind: "unknown" });
});

test("in a list a machine that has ended is gone only without its key, which is found out once", async () => {
  const both = instances([
    instance("sw-web", { state: "terminated", ...named("sw-web") }),
    instance("sw-db", { id: "i-0d", state: "terminated", ...named("sw-db") }),
    instance("sw-x", { id: "i-0e", state: "pending" }),
  ]);
  await using opened = await openReplayed([both, KEY, both, KEY, both, keyPairs(), both]);
  const states: unknown[] = [];
  for (let lists = 0; lists < 4; lists += 1) {
    const { machines } = await opened.cloud.list("suite", null, calm());
    states.push(machines.map(({ name, state }) => `${name} ${state}`).join(", "));
  }
  const [left, gone_] = ["sw-web error, sw-db gone, sw-x pending", "sw-web gone, sw-db gone, sw-x pending"];
  expect(states).toEqual([left, left, gone_, gone_]);
});

test("while instances are under way one list in twenty asks for keys, and each one as long as a key stands alone", async () => {
  const booting = instances([instance("sw-x", { state: "pending" })]);
  const few = Array.from({ length: 19 }, () => booting);
  const lone = [booting, KEY, instances([])];
  const script = [booting, keyPairs(), ...few, ...lone, ...lone, booting, keyPairs(), ...few, booting, keyPairs()];
  await using opened = await openReplayed(script);
  const shown: number[] = [];
  for (let lists = 0; lists < 1 + 19 + 3 + 19 + 1; lists += 1) {
    shown.push((await opened.cloud.list("suite", null, calm())).machines.length);
  }
  expect(shown.filter((count) => count === 2)).toHaveLength(2);
  expect(shown.slice(20, 22)).toEqual([2, 2]);
});
