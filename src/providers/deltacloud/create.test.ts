// What is asked for when a machine is made, and what is concluded from the answer.

import { expect, test } from "vitest";
import { calm, faultOf, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  created,
  entry,
  type Exchange,
  IMAGE,
  list,
  ON,
  openReplayed,
  PASSWORD,
  PROFILES,
  refusal,
  xml,
} from "./cloud-replay.testsuite.ts";
import { USER_DATA_BYTES_MOST } from "./create.ts";

const placement = { realm: "us", size: "m1-small", image: IMAGE };
const ready = (given: Parameters<typeof readyRequest>[1] = {}) => readyRequest({ placement }, given);

const NAMED = "<feature name='user_name' rel='create'><param name='name'/></feature>";

test("a form says all of it, under a name that tells whose it is, and in no other words than XML", async () => {
  const request = ready({ userData: "#!/bin/sh\necho 'ü&<'" });
  await using opened = await openReplayed([entry(), PROFILES, created({ name: request.name, state: "PENDING" })], {
    driver: "mock",
    provider: "far away",
  });
  const made = await opened.cloud.create(request, keepNothing, calm());
  expect(made).toEqual({
    externalId: "inst0",
    name: request.name,
    realm: "us",
    state: "pending",
    fault: null,
    privateAddress: null,
    publicAddress: null,
    handle: { owner: "suite" },
  });
  const sent = opened.asked.at(-1);
  expect(Object.fromEntries(sent?.form ?? [])).toEqual({
    image_id: IMAGE,
    name: `${request.name}_suite`,
    hwp_id: "m1-small",
    realm_id: "us",
    user_data: Buffer.from(request.userData).toString("base64"),
  });
  for (const { headers } of opened.asked) {
    expect(headers).toMatchObject({
      accept: "application/xml",
      authorization: `Basic ${Buffer.from(`mockuser:${PASSWORD}`).toString("base64")}`,
      "x-deltacloud-driver": "mock",
      "x-deltacloud-provider": "far away",
    });
  }
});

test.each<[wish: object, cut: object]>([
  [
    { cpu: 2, memoryMib: 9_001, storageGib: 900 },
    { hwp_cpu: "2", hwp_memory: "9004", hwp_storage: "1024" },
  ],
  [
    { cpu: 1, memoryMib: 64, storageGib: 1 },
    { hwp_cpu: "1", hwp_memory: "7680", hwp_storage: "850" },
  ],
  [
    { cpu: 6, memoryMib: 15_360, storageGib: 1_024 },
    { hwp_cpu: "6", hwp_memory: "15360", hwp_storage: "1024" },
  ],
])("of what a profile leaves open the least is asked for that is enough: %o", async (wish, cut) => {
  const request = ready({ ...wish, size: "m1-large/AArch64" });
  await using opened = await openReplayed([entry(), PROFILES, created({ name: request.name })]);
  await opened.cloud.create(request, keepNothing, calm());
  expect(Object.fromEntries(opened.asked.at(-1)?.form ?? [])).toMatchObject({
    hwp_id: "m1-large",
    hwp_architecture: "AArch64",
    ...cut,
  });
});

test("key and firewalls are given by the ids of what is called so", async () => {
  const features = `${NAMED}<feature name='authentication_key' rel='create'/><feature name='firewalls' rel='create'/>`;
  const collections = ["instances", "hardware_profiles", "keys", "firewalls"];
  const request = ready({ where: { key: "ops", securityGroups: ["web", "fw-2"] }, realm: "default" });
  await using opened = await openReplayed([
    entry({ features, collections }),
    PROFILES,
    xml(ON.keys, "<keys><key id='ops' type='key'></key></keys>"),
    xml(
      ON.firewalls,
      "<firewalls><firewall id='fw-1'><name><![CDATA[web]]></name></firewall><firewall id='fw-2'><name>inside</name></firewall></firewalls>",
    ),
    created({ name: request.name }),
  ]);
  await opened.cloud.create(request, keepNothing, calm());
  const form = Object.fromEntries(opened.asked.at(-1)?.form ?? []);
  expect(form).toMatchObject({ keyname: "ops", firewalls1: "fw-1", firewalls2: "fw-2" });
  expect(form).not.toHaveProperty("realm_id");
});

test("what is not there is said before anything is asked for", async () => {
  const where = { key: "nobody", securityGroups: ["web"] };
  const keys = xml(ON.keys, "<keys></keys>");
  await using opened = await openReplayed([entry(), keys]);
  expect(await opened.cloud.lacks?.(where, "us", calm())).toBe(
    "there is no ssh key nobody; the driver mock takes no security groups",
  );
  await using refused = await openReplayed([entry(), PROFILES, keys]);
  const { fault } = await faultOf(refused.cloud.create(ready({ where }), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code: "place_missing" });
  await using bare = await openReplayed([entry({ features: NAMED })]);
  expect(await bare.cloud.lacks?.({ key: "ops" }, "us", calm())).toBe("the driver mock takes no ssh key");
});

test("a name that went out before is looked for first, and what is found is it", async () => {
  const request = ready();
  const { name } = request;
  await using opened = await openReplayed([
    entry(),
    PROFILES,
    { on: ON.create, end: "cut" },
    list({ id: "inst0", name: "other", owner: "" }, { id: "inst7", name }, { id: "inst8", name, owner: "neighbour" }),
  ]);
  const { fault } = await faultOf(opened.cloud.create(request, keepNothing, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown" });
  expect(await opened.cloud.create(request, keepNothing, calm())).toMatchObject({ externalId: "inst7", name });
});

const PAGE: Exchange = { on: ON.create, status: 200, bytes: Buffer.from("<html><body>Log in</body></html>") };

test.each<[what: string, answer: Exchange]>([
  ["a breakdown", refusal(ON.create, 500, "Unhandled exception or status code (undefined method)")],
  ["a time-out of the cloud", refusal(ON.create, 504, "execution expired")],
  ["a gateway's page", { on: ON.create, status: 502, bytes: Buffer.from("<html><h1>Bad Gateway</h1></html>") }],
  ["a page where the instance should be", PAGE],
  ["half an answer", { on: ON.create, bytes: Buffer.from("<instance id='inst0'>"), end: "cut_body" }],
  ["an instance without an id", xml(ON.create, "<instance id=''><name>x</name></instance>", { status: 201 })],
])("%s leaves in doubt what has come to be", async (_, answer) => {
  await using opened = await openReplayed([entry(), PROFILES, answer]);
  const { fault } = await faultOf(opened.cloud.create(ready(), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown" });
});

test("what repeats the request does not tell its user data", async () => {
  const userData = "password=top-secret";
  const encoded = Buffer.from(userData).toString("base64");
  const answer = refusal(ON.create, 400, `Invalid user_data ${encoded} (${userData})`);
  await using opened = await openReplayed([entry(), PROFILES, answer]);
  const { fault } = await faultOf(opened.cloud.create(ready({ userData }), keepNothing, calm()));
  expect(fault.text).toContain("Invalid user_data … (…)");
  expect(fault.effect).toBe("none");
});

test("a driver that gives another name has made what could not be found again: it goes", async () => {
  await using opened = await openReplayed([entry(), PROFILES, created({ name: "sw-suite00", owner: "" })]);
  const error = await faultOf(opened.cloud.create(ready(), keepNothing, calm()));
  expect(error).toMatchObject({
    externalId: "inst0",
    fault: { class: "config", effect: "made", code: "name_not_taken" },
  });
});

test.each<[what: string, given: Parameters<typeof entry>[0], request: Parameters<typeof ready>[0], code: string]>([
  [
    "a name that is too long for its driver",
    { features: "<feature name='user_name' rel='create'><constraint name='max_length'>20</constraint></feature>" },
    {},
    "name_too_long",
  ],
  ["user data that its driver does not take", { driver: "gogrid", features: NAMED }, { userData: "x" }, "no_user_data"],
  ["user data that is too long", {}, { userData: "x".repeat(USER_DATA_BYTES_MOST + 1) }, "user_data_too_long"],
])("%s is refused before anything is asked for", async (...[, given, request, code]) => {
  await using opened = await openReplayed([entry(given)]);
  const { fault } = await faultOf(opened.cloud.create(ready(request), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code });
});

test("a profile that is gone is a fault of this offer", async () => {
  await using opened = await openReplayed([entry(), PROFILES]);
  const { fault } = await faultOf(opened.cloud.create(ready({ size: "m9-huge" }), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "offer", effect: "none", code: "profile_missing" });
});

test.each([entry(), PROFILES])("what breaks before the create has made nothing: $on", async ({ on }) => {
  const before = on === ON.entry ? [] : [entry()];
  await using opened = await openReplayed([...before, refusal(on, 502, "Backend Server Error")]);
  const { fault } = await faultOf(opened.cloud.create(ready(), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none" });
});
