import { expect, test } from "vitest";
import { connectEngine } from "./client.ts";
import { endpointOf, openReplay, refusal, VERSION } from "./engine-replay.testsuite.ts";
import { watchEngine } from "./watch.ts";

const EVENTS = "GET /events";

test("the stream is opened again after its end and after a refusal, and may have missed something", async () => {
  const event = Buffer.from('{"Type":"container","Action":"start"}\n');
  await using replay = await openReplay([
    VERSION,
    { on: EVENTS, bytes: event },
    refusal(EVENTS, 500, "going down"),
    { on: EVENTS, end: "cut" },
    { on: EVENTS, bytes: event, end: "open" },
  ]);
  const engine = connectEngine(endpointOf({ endpoint: replay.endpoint }));
  const end = new AbortController();
  let changes = 0;
  const changed = (): void => {
    changes += 1;
    if (changes === 4) end.abort();
  };
  await watchEngine(engine, { installation: "suite", changed, reconnectMs: 0 }, end.signal);
  expect(changes).toBe(4);
  const filters: unknown = JSON.parse(replay.asked[1]?.query.get("filters") ?? "null");
  expect(filters).toMatchObject({ type: ["container"], label: ["slipway-installation=suite"] });
});

test("it ends with a signal that is aborted already", async () => {
  const engine = connectEngine(endpointOf({ endpoint: "unix:///nowhere/docker.sock" }));
  const watched = { installation: "suite", changed: () => undefined, reconnectMs: 0 };
  await expect(watchEngine(engine, watched, AbortSignal.abort())).resolves.toBeUndefined();
});
