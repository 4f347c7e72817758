import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  type Exchange,
  login,
  ON,
  openReplayed,
  refusal,
  server,
  UNAUTHORIZED,
  VERSION,
} from "./cloud-replay.testsuite.ts";
import { LIMITS, known } from "./parts.testsuite.ts";

test("a token that the cloud takes no longer is replaced once, and the call goes on", async () => {
  const expired: Exchange = { on: ON.server, status: 401, body: UNAUTHORIZED };
  await using opened = await openReplayed([
    expired,
    login("second"),
    { on: ON.server, body: { server: server("sw-a") } },
  ]);
  expect((await opened.cloud.look([known("sw-a")], calm())).get("sw-a")).toMatchObject({ kind: "seen" });
  expect(opened.asked.at(-1)?.headers["x-auth-token"]).toBe("second");
});

test("a token that has ended is renewed before it is used", async () => {
  const zone: Exchange = {
    on: ON.zones,
    body: { availabilityZoneInfo: [{ zoneName: "az1", hosts: null }, { zoneName: "internal" }] },
  };
  await using opened = await openReplayed([login("first", { livesMs: 0 }), VERSION, zone, login("second"), zone]);
  expect(await opened.cloud.realms(calm())).toEqual(["az1"]);
  await opened.cloud.realms(calm());
  expect(opened.asked.at(-1)?.headers["x-auth-token"]).toBe("second");
});

const REFUSED_LOGIN: Exchange = { on: ON.login, status: 401, body: UNAUTHORIZED };
const UNSCOPED: Exchange = {
  on: ON.login,
  status: 201,
  headers: { "x-subject-token": "unscoped" },
  body: {
    token: {
      methods: ["password"],
      issued_at: "2026-11-28T22:16:35.000000Z",
      expires_at: "2026-11-29T02:16:35.000000Z",
    },
  },
};
const projects = (...names: readonly string[]): Exchange => ({
  on: ON.projects,
  body: { projects: names.map((name) => ({ id: name, name })) },
});

/** Asked for at the same time as the limits. */
const HIDDEN = { on: ON.quota, status: 404, optional: true };

test.each<[string, readonly Exchange[], Readonly<Record<string, unknown>>, object]>([
  [
    "a wrong password",
    [REFUSED_LOGIN, REFUSED_LOGIN],
    {},
    { class: "auth", text: expect.stringContaining("user, domain or password is wrong") },
  ],
  [
    "no such project",
    [REFUSED_LOGIN, UNSCOPED, projects("b", "a")],
    {},
    { class: "auth", text: expect.stringContaining("user demo has no project demo; it has a, b") },
  ],
  [
    "a project of another domain",
    [REFUSED_LOGIN, UNSCOPED, projects("b", "demo")],
    { projectDomain: "teams" },
    {
      class: "auth",
      text: expect.stringContaining("has a project demo, but not in the domain teams; correct projectDomain"),
    },
  ],
  [
    "no project at all",
    [REFUSED_LOGIN, UNSCOPED, projects()],
    {},
    { class: "auth", text: expect.stringContaining("has no project demo, nor any other") },
  ],
  [
    "no Keystone",
    [{ on: ON.login, status: 404 }],
    {},
    { class: "config", text: expect.stringContaining("no Keystone v3 is there; correct authUrl") },
  ],
  [
    "something else",
    [{ on: ON.login, body: {} }],
    {},
    { class: "config", text: expect.stringContaining("gives no token") },
  ],
  [
    "several regions",
    [login("t", { regions: ["b", "a"] })],
    {},
    { class: "config", text: expect.stringContaining("give one as region: a, b") },
  ],
  [
    "no such region",
    [login()],
    { region: "x" },
    {
      class: "config",
      text: expect.stringContaining("there is no region x with a compute service; give one as region: RegionOne"),
    },
  ],
  [
    "no such interface",
    [login()],
    { interface: "admin" },
    { class: "config", text: expect.stringContaining("no compute service on its admin interface") },
  ],
  [
    "an old Nova",
    [login(), { on: ON.version, body: { version: { version: "2.9" } } }],
    {},
    { class: "config", text: expect.stringContaining("speaks 2.9; 2.37 is needed") },
  ],
  [
    "no permission",
    [
      login(),
      VERSION,
      HIDDEN,
      LIMITS,
      HIDDEN,
      refusal(ON.create, 403, "Policy doesn't allow os_compute_api:servers:create to be performed."),
    ],
    {},
    { class: "config", text: expect.stringContaining("user demo may not make servers in this project") },
  ],
])("a check of an account says in a line what is wrong: %s", async (...[, script, settings, expected]) => {
  await using opened = await openReplayed(script, settings);
  const fault = await faultOf(opened.cloud.usage(calm()));
  expect(fault).toMatchObject({ scope: "account", effect: "none", ...expected });
  expect(fault.text).not.toMatch(/\n|labpw-secret/);
});
