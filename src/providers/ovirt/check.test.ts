// What an account's check says: one line for each cause, with what to mend, and never a secret.

import { expect, test } from "vitest";
import { closedPort, faultOf } from "../../cloud-http/wire.samples.ts";
import type { Fault } from "../../core/fault.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  CENTER,
  CENTERS,
  CLUSTER,
  CLUSTERS,
  type Exchange,
  ON,
  openAt,
  openReplayed,
  page,
  PLACE,
  QUOTA,
  refusal,
  SECRET,
} from "./cloud-replay.testsuite.ts";

const ROOT: Exchange = {
  on: ON.root,
  body: {
    product_info: { name: "oVirt Engine", version: { major: "4", minor: "5", full_version: "4.5.6" } },
    summary: { vms: { active: "3", total: "7" } },
  },
};

const NO_NAME = "Can not add VM. The given name contains special characters.";
const MAY = refusal(ON.create, 400, NO_NAME);
const MAY_NOT = refusal(ON.create, 403, "User is not authorized to perform this action.");

async function checkedWith(
  script: readonly Exchange[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Fault> {
  await using opened = await openReplayed(script, settings);
  return await faultOf(opened.cloud.usage(calm()));
}

const sso = (body: object): Exchange => ({ on: ON.login, status: 400, body });
const centers = (...all: readonly object[]): Exchange => ({ on: ON.centers, body: { data_center: all } });

test.each<[string, RegExp, readonly Exchange[], object?]>([
  ["access_denied", /slipway@internal is not let in/, [sso({ error_code: "access_denied", error: "Cannot." })]],
  ["invalid_grant", /is not let in/, [sso({ error_code: "invalid_grant", error: "The password is secret." })]],
  ["invalid_scope", /refuses the login: invalid_scope/, [sso({ error_code: "invalid_scope", error: "x" })]],
  ["no_engine", /no oVirt engine answers there \(status 404\); correct url$/, [page(ON.login, 404, "Not Found")]],
  ["no_engine", /no oVirt engine answers there \(status 200\); correct url$/, [page(ON.login, 200, "Welcome")]],
  ["no_engine", /no oVirt engine answers there \(status 403\); correct url$/, [page(ON.login, 403, "MissingToken")]],
  ["no_engine", /no oVirt engine answers there \(status 406\); correct url$/, [page(ON.login, 406, "")]],
  ["unavailable", /Service Unavailable/, [page(ON.login, 503)]],
  ["no_dataCenter", /sees no data center Elsewhere; there is Default$/, [ROOT, ...PLACE], { dataCenter: "Elsewhere" }],
  [
    "no_dataCenter",
    /sees more than one data center; give one as dataCenter: Default, Test$/,
    [ROOT, centers({ id: CENTER, name: "Default", status: "up" }, { id: "x", name: "Test", status: "up" }), CLUSTERS],
  ],
  ["no_dataCenter", /sees no data center; there is none$/, [ROOT, centers(), { on: ON.clusters, body: {} }]],
  ["no_cluster", /sees no cluster Small in Default; there is Default, Power$/, [ROOT, ...PLACE], { cluster: "Small" }],
  [
    "data_center_down",
    /the data center Default is maintenance/,
    [ROOT, centers({ id: CENTER, name: "Default", status: "maintenance" }), CLUSTERS],
  ],
  [
    "no_quota",
    /sees no quota shop in Default; there is Default$/,
    [ROOT, ...PLACE, { on: ON.quotas, body: { quota: [{ id: QUOTA, name: "Default" }] } }],
    { quota: "shop" },
  ],
  [
    "may_not_create",
    /may not make machines in any cluster of the account: Default: User is not authorized.*; Power: /,
    [ROOT, ...PLACE, ...PLACE, MAY_NOT, MAY_NOT],
  ],
  [
    "too_old",
    /version 3; version 4 is needed/,
    [{ on: ON.root, body: { product_info: { version: { major: "3" } } } }, ...PLACE],
  ],
])("%s: %s", async (...[code, says, script, settings = {}]) => {
  const fault = await checkedWith(script, { ...settings });
  expect(fault.code).toBe(code);
  expect(fault.text).toMatch(says);
  expect(fault.text).not.toContain("\n");
  expect(fault.text).not.toContain(SECRET);
});

test("nobody listens", async () => {
  const fault = await faultOf(openAt(`http://127.0.0.1:${await closedPort()}`).usage(calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "ECONNREFUSED" });
});

test("one cluster that lets the user make machines is enough, and it is tried once; nothing could have been made", async () => {
  await using opened = await openReplayed([ROOT, ...PLACE, ...PLACE, MAY_NOT, MAY, ROOT, ...PLACE]);
  const expected = [{ realm: null, dimension: "instances", most: null, used: 7 }];
  expect(await opened.cloud.usage(calm())).toEqual(expected);
  expect(await opened.cloud.usage(calm())).toEqual(expected);
  const tried = opened.asked.filter(({ body }) => body !== null && JSON.stringify(body).includes('"slipway check"'));
  expect(tried).toHaveLength(2);
});

test("a quota has limits of the data center, or of clusters, in its own counts", async () => {
  const limits: Exchange = {
    on: ON.limits,
    body: {
      quota_cluster_limit: [
        {
          id: "1",
          cluster: { id: CLUSTER },
          vcpu_limit: "20",
          vcpu_usage: "4",
          memory_limit: "64.0",
          memory_usage: "7.5",
        },
        { id: "2", cluster: { id: "none of ours" }, vcpu_limit: "1" },
        { id: "3", vcpu_limit: "-1", vcpu_usage: "4", memory_limit: "-1.0", memory_usage: "7.5" },
      ],
    },
  };
  const quotas: Exchange = { on: ON.quotas, body: { quota: [{ id: QUOTA, name: "shop" }] } };
  const users: Exchange = { on: ON.root, body: { product_info: { version: { major: "4" } } } };
  await using opened = await openReplayed([users, CENTERS, CLUSTERS, quotas, limits, ...PLACE, MAY, MAY], {
    quota: "shop",
  });
  expect(await opened.cloud.usage(calm())).toEqual([
    { realm: "Default", dimension: "cpu", most: 20, used: 4 },
    { realm: "Default", dimension: "memoryMib", most: 65_536, used: 7_680 },
    { realm: null, dimension: "cpu", most: null, used: 4 },
    { realm: null, dimension: "memoryMib", most: null, used: 7_680 },
  ]);
});
