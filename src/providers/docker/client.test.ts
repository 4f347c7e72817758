import { expect, test } from "vitest";
import { connectEngine, type Engine } from "./client.ts";
import { endpointOf, type Exchange, openReplay, refusal, VERSION } from "./engine-replay.testsuite.ts";
import { AUTHORITY, ELSEWHERE, LOCAL } from "../../cloud-http/certificates.samples.ts";
import { cloudThat } from "../../cloud-http/wire.samples.ts";
import recorded from "./recorded.json" with { type: "json" };
import { readSystem } from "./schema.ts";

const INFO = "GET /info";
const calm = (): AbortSignal => new AbortController().signal;

const system = (engine: Engine, signal = calm()) => engine.ask({ method: "GET", path: "/info" }, readSystem, signal);

async function openEngine(...script: readonly Exchange[]) {
  const replay = await openReplay(script);
  return {
    engine: connectEngine(endpointOf({ endpoint: replay.endpoint })),
    replay,
    [Symbol.asyncDispose]: () => replay[Symbol.asyncDispose](),
  };
}

const fault = (expected: object): object => ({ fault: expected });

test("an engine that asks for a certificate is spoken with", async () => {
  const tls = { ...LOCAL, ca: AUTHORITY, requestCert: true, rejectUnauthorized: true };
  await using cloud = await cloudThat((request, response) => {
    response.end(JSON.stringify(request.url === "/version" ? recorded.version : recorded.info));
  }, tls);
  const settings = { endpoint: `https://127.0.0.1:${cloud.port}`, ca: AUTHORITY, cert: ELSEWHERE.cert };
  expect((await system(connectEngine(endpointOf(settings, { key: ELSEWHERE.key })))).cpu).toBe(2);
});

test.each([301, 307])("an engine that leads elsewhere (%i) is not followed", async (status) => {
  await using opened = await openEngine(VERSION, {
    on: INFO,
    status,
    headers: { location: "http://elsewhere.example:2375/info" },
  });
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ class: "config", code: "redirected" }));
});

test("the engine is asked for its version once, and spoken with in the newest that both know", async () => {
  await using opened = await openEngine(VERSION, { on: INFO, body: recorded.info }, { on: INFO, body: recorded.info });
  expect(await system(opened.engine)).toEqual({ cpu: 2, memoryBytes: 25_276_502_016, architecture: "x86_64" });
  await system(opened.engine);
  expect(opened.replay.asked.map(({ version }) => version)).toEqual([null, "1.41", "1.41"]);
});

test("an engine newer than this provider is spoken with in the newest version known here", async () => {
  const newer = { on: "GET /version", body: { ApiVersion: "1.99", MinAPIVersion: "1.44" } };
  await using opened = await openEngine(newer, { on: INFO, body: recorded.info });
  await system(opened.engine);
  expect(opened.replay.asked[1]?.version).toBe("1.51");
});

test.each([
  ["old", { ApiVersion: "1.9", MinAPIVersion: "1.1" }],
  ["new", { ApiVersion: "2.0", MinAPIVersion: "1.90" }],
])("an engine too %s for this provider closes the account", async (_what, body) => {
  await using opened = await openEngine({ on: "GET /version", body });
  await expect(system(opened.engine)).rejects.toMatchObject(
    fault({ class: "config", scope: "account", effect: "none" }),
  );
});

test("an engine that was replaced by an older one is asked again", async () => {
  await using opened = await openEngine(
    VERSION,
    refusal(INFO, 400, "client version 1.41 is too new. Maximum supported API version is 1.40"),
    VERSION,
    { on: INFO, body: recorded.info },
  );
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ code: "api_version" }));
  expect((await system(opened.engine)).cpu).toBe(2);
});

test.each<[string, Exchange]>([
  ["refused", refusal("GET /version", 500, "something")],
  ["cut", { on: "GET /version", end: "cut" }],
  ["unreadable", { on: "GET /version", body: [] }],
])("while the version is asked for nothing was sent yet (%s)", async (_what, exchange) => {
  await using opened = await openEngine(exchange);
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ effect: "none" }));
});

test.each<[string, Exchange]>([
  ["no JSON", { on: INFO, bytes: Buffer.from("<html>") }],
  ["another JSON", { on: INFO, body: { NCPU: "two" } }],
  ["of an impossible number", { on: INFO, body: { ...recorded.info, NCPU: -2 } }],
  ["of an absurd number", { on: INFO, body: { ...recorded.info, MemTotal: 1e300 } }],
  ["half a body", { on: INFO, bytes: Buffer.from('{"NCPU":'), end: "cut_body" }],
])("an answer that is %s leaves the effect open", async (_what, exchange) => {
  await using opened = await openEngine(VERSION, exchange);
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ class: "transient", effect: "unknown" }));
});

test("a refusal without a body of the engine's form is told by its status", async () => {
  await using opened = await openEngine(VERSION, {
    on: INFO,
    status: 502,
    bytes: Buffer.from("<html>Bad Gateway</html>"),
  });
  await expect(system(opened.engine)).rejects.toMatchObject(
    fault({ text: "status 502 Bad Gateway", effect: "unknown" }),
  );
});

test("the wish when to come again is read from the header", async () => {
  await using opened = await openEngine(VERSION, { ...refusal(INFO, 429, "slow"), headers: { "retry-after": "7" } });
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ class: "throttle", retryAfterMs: 7000 }));
});

test("a wish that is a date, and one that is absurd, are read as they may be counted with", async () => {
  const slow = (headers: Record<string, string>): Exchange => ({ ...refusal(INFO, 429, "slow"), headers });
  const at = Date.UTC(2026, 0, 1);
  const dated = { date: new Date(at).toUTCString(), "retry-after": new Date(at + 30_000).toUTCString() };
  await using opened = await openEngine(VERSION, slow(dated), slow({ "retry-after": "1795867200" }));
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ retryAfterMs: 30_000 }));
  await expect(system(opened.engine)).rejects.toMatchObject(fault({ retryAfterMs: 3_600_000 }));
});

test("an abort within the body ends the reading with the signal's reason", async () => {
  await using opened = await openEngine(VERSION, { on: "GET /events", bytes: Buffer.from("{}\n"), end: "open" });
  const abort = new AbortController();
  const reason = new Error("enough");
  const chunks = await opened.engine.follow({ method: "GET", path: "/events" }, abort.signal);
  const read = async (): Promise<void> => {
    for await (const _ of chunks) abort.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
});

test("nobody behind the endpoint means that nothing was sent", async () => {
  const engine = connectEngine(endpointOf({ endpoint: "unix:///nowhere/docker.sock" }));
  await expect(system(engine)).rejects.toMatchObject(fault({ code: "ENOENT", class: "transient", effect: "none" }));
});
