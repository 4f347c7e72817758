// What every request passes: the token, the role, the form of its body; and how whatever goes wrong is answered.

import { expect, test } from "vitest";
import { simProvider } from "../providers/sim/index.ts";
import { createStand, sendChunked } from "./stand.testsuite.ts";
import { sampleToken } from "../ports/store.samples.ts";
import { AWAY, type AwayReason, type Store, StoreAway } from "../ports/store.ts";
import { openMemory } from "../store/memory/open.ts";
import { hashToken } from "./auth.ts";

test("a token that is wrong, or sent in another way, is none", async () => {
  const stand = await createStand();
  for (const authorization of ["Bearer nobody", "Bearer", "admin", "Basic YWRtaW4=", "Bearer admin more"]) {
    const { headers, status } = await stand.ask({ path: "/v1/about", as: null, headers: { authorization } });
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="slipway"']);
  }
  const { status } = await stand.ask({ path: "/v1/about", as: null, headers: { authorization: "bearer admin" } });
  expect(status).toBe(200);
});

test("a token that was deleted counts no more", async () => {
  const stand = await createStand();
  expect((await stand.ask({ method: "DELETE", path: "/v1/tokens/the-viewer" })).status).toBe(204);
  await stand.problem("not_authenticated", { path: "/v1/about", as: "viewer" });
});

test("strangers may ask whether the server lives, and nothing else", async () => {
  const stand = await createStand();
  for (const path of ["/livez", "/readyz"]) {
    expect(await stand.ask({ path, as: null })).toMatchObject({ status: 204, body: null });
  }
  await stand.problem("not_authenticated", { path: "/v1/nothing", as: null });
  await stand.problem("not_found", { path: "/elsewhere", as: null });
});

test("an unknown route says what was asked for", async () => {
  const stand = await createStand();
  const { detail } = await stand.problem("not_found", { method: "PUT", path: "/v1/deployment", body: {} });
  expect(detail).toContain("PUT /v1/deployment");
});

test("a body that is not JSON is answered with the place", async () => {
  const stand = await createStand();
  const asked = { method: "POST", path: "/v1/plan" };
  const { errors } = await stand.problem("bad_json", { ...asked, body: '{"blueprint": 1,\n  "name" 2}' });
  expect(errors).toMatchObject([{ line: 2, column: 10 }]);
  const cut = await stand.problem("bad_json", { ...asked, body: '{"a":\n' });
  expect(cut.errors).toMatchObject([{ line: 2, column: 1 }]);
  const strange = await stand.problem("bad_json", { ...asked, body: '{"blueprint": word,\n  "name": 2}' });
  expect(strange.detail).toBe('The body is not JSON: line 1, column 15: "w" cannot stand there.');
  await stand.problem("not_json", {
    ...asked,
    body: "a=b",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  await stand.problem("bad_request", asked);
});

test("a body that is no UTF-8 is refused with the place, and a mark before it is left out", async () => {
  const stand = await createStand();
  const plan = (body: Buffer) => ({ method: "POST", path: "/v1/tokens", body });
  const { detail } = await stand.problem("bad_json", plan(Buffer.from('{"name":"caf\xe9"}', "latin1")));
  expect(detail).toBe("The body is not UTF-8 text: the byte 0xE9 at offset 12 does not fit; send it as UTF-8.");
  const { status } = await stand.ask(plan(Buffer.from('\uFEFF{"name":"marked","role":"viewer"}')));
  expect(status).toBe(201);
});

test("a body that is too large, or of unknown length, is not read", async () => {
  const stand = await createStand();
  const body = { source: "x".repeat(1024 * 1024) };
  await stand.problem("too_large", { method: "POST", path: "/v1/blueprints/check", body });
  expect(await sendChunked(stand.url, "/v1/plan")).toBe(411);
});

test("every mistake in a body is named with its place", async () => {
  const stand = await createStand();
  const body = { name: "Shop", role: "king", extra: 1 };
  const { errors, detail } = await stand.problem("bad_request", { method: "POST", path: "/v1/tokens", body });
  expect(errors.map(({ pointer }) => pointer)).toEqual(["/name", "/role", "/extra"]);
  expect(detail).toContain("name: must be a name");
  const query = await stand.problem("bad_request", { path: "/v1/deployments?limit=0&state=asleep" });
  expect(query.errors.map((error) => error.detail.split(":")[0])).toEqual(["query state.0", "query limit"]);
});

test("a database that is away is a 503, also for who asks whether the server is ready", async () => {
  const stand = await createStand();
  stand.store.crash();
  await stand.problem("unavailable", { path: "/v1/about" });
  await stand.problem("unavailable", { path: "/readyz", as: null });
  expect((await stand.ask({ path: "/livez", as: null })).status).toBe(204);
});

const REASONS = Object.keys(AWAY).filter((key): key is AwayReason => Object.hasOwn(AWAY, key));

test.for(REASONS)("a database to which nothing can be written (%s) is a 503 that says why", async (reason) => {
  const error = new StoreAway(reason, { cause: new Error("at 10.0.0.7: no room in /var/lib") });
  let isAway = true;
  const memory = openMemory({ clock: Date });
  const write: Store["write"] = (act) => (isAway ? Promise.reject(error) : memory.write(act));
  const stand = await createStand({}, { store: { ...memory, write } });
  await memory.write((tx) => tx.putToken(sampleToken({ name: "root", hash: hashToken("admin"), role: "admin" })));
  const body = { name: "ci", role: "viewer" };
  for (const asked of [
    { method: "POST", path: "/v1/tokens", body },
    { path: "/readyz", as: null },
  ]) {
    const { headers } = await stand.ask(asked);
    expect(headers.get("retry-after")).toBe("5");
    const { detail } = await stand.problem("unavailable", asked);
    expect(detail).toMatch(new RegExp(`^The database ${AWAY[reason]}; `));
    expect(detail).not.toMatch(/10\.0|\/var/);
  }
  expect((await stand.ask({ path: "/v1/about" })).status).toBe(200);
  isAway = false;
  await stand.clock.advance(10_000);
  expect((await stand.ask({ path: "/readyz", as: null })).status).toBe(204);
});

test("a server is not ready while anybody's writing fails, although a single row can be written", async () => {
  const memory = openMemory({ clock: Date });
  const write: Store["write"] = (act) =>
    memory.write((tx) => act({ ...tx, putToken: () => Promise.reject(new StoreAway("no_space")) }));
  const stand = await createStand({}, { store: { ...memory, write } });
  await memory.write((tx) => tx.putToken(sampleToken({ name: "root", hash: hashToken("admin"), role: "admin" })));
  expect((await stand.ask({ path: "/readyz", as: null })).status).toBe(204);
  await stand.problem("unavailable", { method: "POST", path: "/v1/tokens", body: { name: "ci", role: "viewer" } });
  await stand.clock.advance(2_000);
  await stand.problem("unavailable", { path: "/readyz", as: null });
  await stand.clock.advance(10_000);
  expect((await stand.ask({ path: "/readyz", as: null })).status).toBe(204);
});

test("however many ask whether the server is ready, one row is written within a second", async () => {
  const memory = openMemory({ clock: Date });
  let writes = 0;
  const write: Store["write"] = (act) => {
    writes += 1;
    return memory.write(act);
  };
  const stand = await createStand({}, { store: { ...memory, write } });
  for (let n = 0; n < 5; n += 1) await stand.ask({ path: "/readyz", as: null });
  expect(writes).toBe(1);
  await stand.clock.advance(1_000);
  await stand.ask({ path: "/readyz", as: null });
  expect(writes).toBe(2);
});

test("a bug is answered with an id, and logged under it without being told", async () => {
  const broken = {
    ...simProvider({ connect: () => expect.unreachable() }),
    open: () => {
      throw new TypeError("a secret detail");
    },
  };
  const stand = await createStand({}, { providers: new Map([["sim", broken]]) });
  const body = { name: "a", provider: "sim" };
  const headers = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  const problem = await stand.problem("internal", { method: "POST", path: "/v1/accounts", body, headers });
  expect(JSON.stringify(problem)).not.toContain("secret detail");
  expect(stand.logged("request broke")).toMatchObject([
    {
      requestId: problem.requestId,
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      method: "POST",
      path: "/v1/accounts",
      error: expect.stringContaining("secret detail"),
    },
  ]);
});

test("an address with a NUL character, a cursor that is none and numbers beyond the database are refused, not broken on", async () => {
  const stand = await createStand();
  for (const path of ["/v1/deployments/%00", "/v1/deployments?pool=a%00", "/v1/machines/%00/evidence"]) {
    await stand.problem("bad_request", { path });
  }
  await stand.problem("bad_request", { path: "/v1/callback/%00", as: null });
  for (const cursor of ["garbage", "NaN a", "99999999999999999999 a", "1 "]) {
    await stand.problem("bad_request", { path: `/v1/deployments?cursor=${encodeURIComponent(cursor)}` });
  }
  const profile = { cpu: 1, memoryMib: 1_024, storageGib: 1 };
  for (const wrong of [{ memoryMib: 2 ** 31 }, { storageGib: 0.5 }, { accelerators: 1e12 }, { cpu: 1e300 }]) {
    await stand.problem("bad_request", { method: "PUT", path: "/v1/profiles/huge", body: { ...profile, ...wrong } });
  }
  expect(stand.logged("request broke")).toEqual([]);
});
