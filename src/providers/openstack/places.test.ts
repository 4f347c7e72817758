import { expect, test } from "vitest";
import type { Where } from "../../core/blueprint/model.ts";
import { accountId } from "../../core/ids.ts";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import { ACCOUNT, type Exchange, NETWORK, ON, openReplayed, refusal } from "./cloud-replay.testsuite.ts";
import { openstackProvider } from "./index.ts";
import { EXTERNAL, GROUP } from "./parts.testsuite.ts";

/** Each question is asked at the same time as the others: answered by what it asks for. */
function answering(times: { readonly networks?: number; readonly groups?: number }): readonly Exchange[] {
  const there: Readonly<Record<string, readonly string[]>> = {
    "shop-net": [NETWORK],
    twice: [NETWORK, EXTERNAL],
    public: [EXTERNAL],
    web: [GROUP],
    [NETWORK]: [NETWORK],
  };
  const told = (query: URLSearchParams) => {
    const name = query.get("name") ?? query.get("id") ?? "";
    return (there[name] ?? []).map((id) => ({ id, name }));
  };
  const network: Exchange = { on: ON.networks, answer: ({ query }) => ({ networks: told(query) }), optional: true };
  const group: Exchange = { on: ON.groups, answer: ({ query }) => ({ security_groups: told(query) }), optional: true };
  const some = [
    ...Array<Exchange>(times.networks ?? 0).fill(network),
    ...Array<Exchange>(times.groups ?? 0).fill(group),
  ];
  return some;
}

const keyPair = { on: ON.key, body: { keypair: { name: "ops" } } };
const noKeyPair = refusal(ON.key, 404, "Keypair ops not found for user 2e4b5e6d.");

test.each<[Where, string | null, readonly Exchange[]]>([
  [{ networks: ["shop-net"] }, null, answering({ networks: 1 })],
  [{ networks: [NETWORK] }, null, answering({ networks: 1 })],
  [{ securityGroups: ["web"] }, null, answering({ groups: 1 })],
  [{ key: "ops" }, null, [keyPair]],
  [{ key: "ops" }, "the project sees no key pair ops of this user", [noKeyPair]],
  [
    { networks: ["nobody", "shop-net", "twice"] },
    "the project sees no network nobody, several of network twice (use an id)",
    answering({ networks: 3 }),
  ],
  [
    { securityGroups: ["nobody", "noone"] },
    "the project sees no security group nobody, no security group noone",
    answering({ groups: 2 }),
  ],
])("what of %j is not there is said in words", async (where, text, script) => {
  await using opened = await openReplayed(script);
  expect(await opened.cloud.lacks?.(where, "az1", calm())).toBe(text);
});

test.each<[Where, string | null]>([
  [{}, null],
  [{ publicKey: "ssh-ed25519", publicAddress: false }, null],
  [
    { publicAddress: true },
    "the account has no floatingNetwork, from which public addresses come; no network is named, and a machine with a public address needs one",
  ],
])("of %j nothing has to be asked", async (where, text) => {
  const settings = { authUrl: "http://127.0.0.1:1/v3", ...ACCOUNT };
  const account = { id: accountId("acc-1"), name: "lab", settings };
  const cloud = openstackProvider.open(account, { password: "labpw-secret" });
  expect(await cloud.lacks?.(where, "az1", calm())).toBe(text);
});

test.each([
  ["public", null],
  ["shop", "the project sees no external network shop"],
])("public addresses come from an external network, here %s", async (floatingNetwork, text) => {
  const where = { "*": { networks: ["nobody"] }, az1: { networks: ["shop-net"], publicAddress: true } };
  await using opened = await openReplayed(answering({ networks: 2 }), { floatingNetwork, where });
  expect(await opened.cloud.lacks?.({}, "az1", calm())).toBe(text);
  const external = opened.asked.filter(({ query }) => query.get("router:external") === "true");
  expect(external.map(({ query }) => query.get("name"))).toEqual([floatingNetwork]);
});

test("the account's own places are asked for by realm", async () => {
  const where = { "*": { networks: ["nobody"] }, az1: { networks: ["shop-net"] } };
  await using opened = await openReplayed(answering({ networks: 2 }), { where });
  expect(await opened.cloud.lacks?.({}, "az1", calm())).toBeNull();
  expect(await opened.cloud.lacks?.({}, "az2", calm())).toBe("the project sees no network nobody");
});

test("a cloud that does not answer says nothing of what is there", async () => {
  await using opened = await openReplayed([{ on: ON.key, status: 503 }]);
  const asking = opened.cloud.lacks?.({ key: "ops" }, "az1", calm()) ?? Promise.resolve();
  expect(await faultOf(asking)).toMatchObject({ class: "transient" });
});

test("another 404 does not prove that a key is not there", async () => {
  await using opened = await openReplayed([{ on: ON.key, status: 404, bytes: Buffer.from("<h1>404</h1>") }]);
  const asking = opened.cloud.lacks?.({ key: "ops" }, "az1", calm()) ?? Promise.resolve();
  expect(await faultOf(asking)).toMatchObject({ effect: "unknown" });
});
