// Users, groups and their tokens, as admins and users change them.

import { expect, test } from "vitest";
import { Group, GroupList, MadeToken, TokenList, User, UserList } from "../../contract/access.ts";
import { Deployment } from "../../contract/deployment.ts";
import { About } from "../../contract/operation.ts";
import { OutputList } from "../../contract/output.ts";
import { sampleToken } from "../../ports/store.samples.ts";
import { signIn } from "../acts/sign-in.ts";
import { hashToken } from "../auth.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const HOUR_MS = 3_600_000;

const bearer = ({ token }: { readonly token: string }) => ({ authorization: `Bearer ${token}` });

async function made(stand: Stand, body: object, headers?: Record<string, string>) {
  const whose = headers === undefined ? {} : { as: null, headers };
  return stand.reply(MadeToken, 201, { method: "POST", path: "/v1/tokens", body, ...whose });
}

test("what a group may do, its users may, through tokens of theirs, from one request to the next", async () => {
  const stand = await createStand();
  const group = { name: "crew", grants: [{ role: "operator", pool: "default" }] };
  expect(await stand.reply(Group, 201, { method: "POST", path: "/v1/groups", body: group })).toMatchObject(group);
  const user = { name: "ada", groups: ["crew"] };
  expect(await stand.reply(User, 201, { method: "POST", path: "/v1/users", body: user })).toMatchObject({
    ...user,
    enabled: true,
    grants: [],
  });
  const token = await made(stand, { name: "laptop", role: "admin", owner: "ada" });
  const asked = { path: "/v1/about", as: null, headers: bearer(token) };
  expect(await stand.reply(About, 200, asked)).toMatchObject({
    user: "ada",
    token: { name: "laptop", role: "operator" },
    grants: [{ role: "operator", pool: "default" }],
    may: ["deployments", "debt", "tokens"],
  });
  await stand.reply(Group, 200, { method: "PATCH", path: "/v1/groups/crew", body: { grants: [{ role: "viewer" }] } });
  expect((await stand.reply(About, 200, asked)).grants).toEqual([{ role: "viewer", pool: null }]);
  await stand.ask({ method: "DELETE", path: "/v1/groups/crew" });
  expect((await stand.problem("not_permitted", asked)).detail).toContain("ada with token laptop has none");
  expect((await stand.reply(UserList, 200, { path: "/v1/users" })).users[0]?.groups).toEqual([]);
  expect((await stand.reply(GroupList, 200, { path: "/v1/groups" })).groups).toEqual([]);
  await stand.ask({ method: "PATCH", path: "/v1/users/ada", body: { enabled: false, grants: [{ role: "admin" }] } });
  await stand.problem("not_authenticated", asked);
  await stand.ask({ method: "DELETE", path: "/v1/users/ada" });
  const { tokens } = await stand.reply(TokenList, 200, { path: "/v1/tokens" });
  expect(tokens.map(({ name }) => name)).not.toContain("laptop");
});

test("users make, see and delete tokens of their own that do no more and last no longer than the one that asks", async () => {
  const stand = await createStand();
  for (const name of ["ada", "bob"]) {
    await stand.ask({ method: "POST", path: "/v1/users", body: { name, grants: [{ role: "operator" }] } });
  }
  const end = new Date(stand.clock.now() + HOUR_MS).toISOString();
  const bobs = await made(stand, { name: "bobs", role: "operator", owner: "bob" });
  const first = await made(stand, { name: "first", role: "launcher", owner: "ada", expiresAt: end });
  const own = { as: null, headers: bearer(first) };
  const second = await made(stand, { name: "second", role: "viewer" }, bearer(first));
  expect(second).toMatchObject({ owner: "ada", createdBy: "ada", expiresAt: end });
  const make = (body: object) => ({ method: "POST", path: "/v1/tokens", body: { name: "third", ...body }, ...own });
  await stand.problem("not_permitted", make({ role: "operator" }));
  await stand.problem("not_permitted", make({ role: "viewer", owner: "bob" }));
  const later = new Date(stand.clock.now() + 2 * HOUR_MS).toISOString();
  await stand.problem("bad_request", make({ role: "viewer", expiresAt: later }));
  const listed = await stand.reply(TokenList, 200, { path: "/v1/tokens", ...own });
  expect(listed.tokens.map(({ name }) => name)).toEqual(["first", "second"]);
  await stand.problem("not_found", { method: "DELETE", path: "/v1/tokens/bobs", ...own });
  expect((await stand.ask({ method: "DELETE", path: "/v1/tokens/second", ...own })).status).toBe(204);
  expect((await stand.ask({ path: "/v1/about", as: null, headers: bearer(bobs) })).status).toBe(200);
  // An operator's token that is nobody's is no user, and makes none.
  await stand.problem("not_permitted", { ...make({ role: "viewer" }), headers: {}, as: "operator" });
});

test("a token counts until its end", async () => {
  const stand = await createStand();
  const expiresAt = new Date(stand.clock.now() + HOUR_MS).toISOString();
  const token = await made(stand, { name: "brief", role: "viewer", expiresAt });
  const asked = { path: "/v1/about", as: null, headers: bearer(token) };
  await stand.clock.advance(HOUR_MS - 1);
  expect((await stand.ask(asked)).status).toBe(200);
  await stand.clock.advance(1);
  await stand.problem("not_authenticated", asked);
  const past = { name: "late", role: "viewer", expiresAt };
  await stand.problem("bad_request", { method: "POST", path: "/v1/tokens", body: past });
});

test("what does not exist is named, names mean one, and a way in always stays", async () => {
  const stand = await createStand();
  const post = (path: string, body: object) => ({ method: "POST", path: `/v1/${path}`, body });
  await stand.problem("bad_request", post("users", { name: "ada", groups: ["crew"] }));
  await stand.problem("bad_request", post("users", { name: "ada", grants: [{ role: "viewer", pool: "nowhere" }] }));
  await stand.problem("bad_request", post("groups", { name: "crew", grants: [{ role: "viewer", pool: "nowhere" }] }));
  await stand.problem("bad_request", post("tokens", { name: "t", role: "viewer", owner: "nobody" }));
  await stand.problem("bad_pool", post("tokens", { name: "t", role: "viewer", pool: "nowhere" }));
  await stand.problem("name_taken", post("users", { name: "the-viewer" }));
  expect((await stand.ask(post("users", { name: "ada" }))).status).toBe(201);
  await stand.problem("name_taken", post("users", { name: "ada" }));
  await stand.problem("name_taken", post("tokens", { name: "ada", role: "viewer" }));
  expect((await stand.ask(post("groups", { name: "crew" }))).status).toBe(201);
  await stand.problem("name_taken", post("groups", { name: "crew" }));
  for (const path of ["users/nobody", "groups/nobody"]) {
    await stand.problem("not_found", { method: "PATCH", path: `/v1/${path}`, body: {} });
    await stand.problem("not_found", { method: "DELETE", path: `/v1/${path}` });
  }
  // One that ends, that is somebody's, or that counts in one pool keeps nobody from being locked out.
  const end = new Date(stand.clock.now() + HOUR_MS).toISOString();
  await made(stand, { name: "ends", role: "admin", expiresAt: end });
  await made(stand, { name: "adas", role: "admin", owner: "ada" });
  await made(stand, { name: "pools", role: "admin", pool: "default" });
  await stand.problem("in_use", { method: "DELETE", path: "/v1/tokens/the-admin" });
  await made(stand, { name: "another", role: "admin" });
  expect((await stand.ask({ method: "DELETE", path: "/v1/tokens/the-admin" })).status).toBe(204);
});

test("a token deletes itself and those that it could have made, and none that does more or lasts longer", async () => {
  const stand = await createStand();
  await stand.ask({ method: "POST", path: "/v1/users", body: { name: "ada", grants: [{ role: "operator" }] } });
  const endsIn = (hours: number) => ({ expiresAt: new Date(stand.clock.now() + hours * HOUR_MS).toISOString() });
  const strong = await made(stand, { name: "strong", role: "operator", owner: "ada" });
  const weak = await made(stand, { name: "weak", role: "viewer", owner: "ada" });
  const narrow = await made(stand, { name: "narrow", role: "operator", owner: "ada", pool: "default" });
  const brief = await made(stand, { name: "brief", role: "operator", owner: "ada", ...endsIn(1) });
  await made(stand, { name: "longer", role: "viewer", owner: "ada", ...endsIn(2) });
  const remove = (name: string, by: { readonly token: string }) =>
    ({ method: "DELETE", path: `/v1/tokens/${name}`, as: null, headers: bearer(by) }) as const;
  const refused = async (name: string, by: { readonly token: string }) =>
    (await stand.problem("not_permitted", remove(name, by))).detail;
  expect(await refused("strong", weak)).toBe(
    "A token deletes none that it could not have made: weak is viewer everywhere, and strong is operator everywhere; ask with strong itself or one that does as much, or ask an admin for it.",
  );
  await refused("strong", narrow);
  for (const name of ["strong", "weak", "longer"]) {
    expect(await refused(name, brief)).toContain(`${name} lasts longer than brief, which asks`);
  }
  for (const [name, by] of [
    ["longer", weak],
    ["narrow", narrow],
    ["brief", strong],
    ["weak", weak],
    ["strong", strong],
  ] as const) {
    expect([name, (await stand.ask(remove(name, by))).status]).toEqual([name, 204]);
  }
});

test("a user has a hundred tokens, all together a thousand, and those that ended a month ago make room", async () => {
  const stand = await createStand();
  const others = (await stand.store.read((tx) => tx.tokens())).length;
  for (const name of ["ada", "bob"]) {
    await stand.ask({ method: "POST", path: "/v1/users", body: { name, grants: [{ role: "viewer" }] } });
  }
  const put = (owner: string | null, count: number, expiresAt: number | null = null) =>
    stand.store.write(async (tx) => {
      for (let no = 0; no < count; no += 1) {
        const name = `${owner ?? "program"}-${no}`;
        await tx.putToken(sampleToken({ name, hash: hashToken(name), owner, role: "viewer", expiresAt }));
      }
    });
  const make = (owner: string, name = "one-more") =>
    ({ method: "POST", path: "/v1/tokens", body: { name, role: "viewer", owner } }) as const;
  await put("ada", 100, stand.clock.now() + HOUR_MS);
  const own = { ...make("ada"), as: null, headers: { authorization: "Bearer ada-0" } };
  const detail = "ada has 100 tokens, and a user may have 100: delete one that is not needed any more.";
  expect((await stand.problem("in_use", own)).detail).toBe(detail);
  await stand.problem("in_use", make("ada"));
  await stand.clock.advance(HOUR_MS);
  await stand.problem("in_use", make("ada"));
  await put(null, 900 - others);
  expect((await stand.problem("in_use", make("bob"))).detail).toMatch(
    /^There are 1000 tokens, and there may be 1000: delete those/,
  );
  await stand.clock.advance(30 * 24 * HOUR_MS);
  await made(stand, { name: "bobs", role: "viewer", owner: "bob" });
  expect((await stand.store.read((tx) => tx.tokens())).length).toBe(901);
  await made(stand, { name: "adas", role: "viewer", owner: "ada" });
});

test("who has a name that another had before is another: what that one launched is not theirs", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = `${SHOP}outputs:\n  login: { value: "\${{ params.password }}", secret: true }\n`;
  const grants = [{ role: "launcher", pool: "default" }];
  const begin = async (name: string, owner?: string) => {
    await stand.clock.advance(1_000);
    if (owner === undefined) return made(stand, { name, role: "launcher" });
    await stand.ask({ method: "POST", path: "/v1/users", body: { name: owner, grants } });
    return made(stand, { name, role: "admin", owner });
  };
  for (const owner of ["ada", undefined]) {
    const token = owner === undefined ? "ci" : "laptop";
    const name = owner ?? token;
    const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source }, name } };
    const before = { as: null, headers: bearer(await begin(token, owner)) } as const;
    await stand.reply(Deployment, 201, { ...launch, ...before });
    await stand.clock.advance(20_000);
    const at = `/v1/deployments/${name}`;
    const toldTo = async (whom: object) =>
      (await stand.reply(OutputList, 200, { path: `${at}/outputs`, ...whom })).outputs.map(({ value }) => value);
    expect(await toldTo(before)).toEqual(["hunter22"]);
    await stand.ask({ method: "DELETE", path: owner === undefined ? `/v1/tokens/${token}` : `/v1/users/${owner}` });
    const after = { as: null, headers: bearer(await begin(token, owner)) } as const;
    expect(await toldTo(after)).toEqual([null]);
    expect((await stand.reply(Deployment, 200, { path: at, ...after })).actions).toEqual([]);
    expect((await stand.problem("not_permitted", { method: "POST", path: `${at}/stop`, ...after })).detail).toContain(
      `was launched by another who had the name ${name} before;`,
    );
    await stand.reply(Deployment, 201, { ...launch, body: { ...launch.body, name: `${name}-2` }, ...after });
    expect(await toldTo({ as: "operator" })).toEqual(["hunter22"]);
    await stand.reply(Deployment, 200, { method: "POST", path: `${at}/stop`, as: "operator" });
  }
});

test("whoever signs in again and again ends sign-ins of their own, and no token without an end", async () => {
  const stand = await createStand();
  const ada = { subject: "ada@there", name: "ada", groups: ["crew"] };
  await stand.ask({
    method: "POST",
    path: "/v1/groups",
    body: { name: "crew", claim: "crew", grants: [{ role: "viewer" }] },
  });
  await signIn(stand.store, ada, "page");
  await stand.clock.advance(1);
  await made(stand, { name: "lasting", role: "viewer", owner: "ada" });
  for (let no = 0; no < 110; no += 1) await signIn(stand.store, ada, "cli");
  const names = (await stand.store.read((tx) => tx.tokens()))
    .filter(({ owner }) => owner === "ada")
    .map(({ name }) => name);
  expect(names).toHaveLength(100);
  expect(names).toContain("lasting");
  expect(names.some((name) => name.startsWith("ada-page-"))).toBe(false);
});
