import { DAY_MS } from "../../core/people/retention.ts";
import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { Event, EventPage, HEARTBEAT_MS, StreamEnd } from "../../contract/event.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

async function launched(stand: Stand): Promise<string> {
  const body = { blueprint: { source: SHOP } };
  return (await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body })).id;
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Reads a stream until `enough`, or its end; also returns what was no message. */
async function read(
  stand: Stand,
  { path, lastId }: { readonly path: string; readonly lastId?: string | undefined },
  enough: (messages: readonly Message[], text: string) => boolean,
) {
  const left = new AbortController();
  const headers = { authorization: "Bearer viewer", ...(lastId === undefined ? {} : { "last-event-id": lastId }) };
  const response = await fetch(stand.url + path, { headers, signal: left.signal });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const messages: Message[] = [];
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    messages.splice(0, messages.length, ...messagesOf(text));
    if (enough(messages, text)) break;
  }
  left.abort();
  return { messages, text };
}

function messagesOf(text: string): Message[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
    return field("event") === "" ? [] : [{ event: field("event"), id: field("id"), data: field("data") }];
  });
}

const never = () => false;

test("events come page by page, each with its sentence", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const id = await launched(stand);
  await stand.clock.advance(20_000);
  const path = `/v1/deployments/${id}/events`;
  const all = await stand.reply(EventPage, 200, { path, as: "viewer" });
  expect(all.events.map(({ no }) => no)).toEqual(all.events.map((_, place) => place + 1));
  expect(all.last).toBe(all.events.length);
  expect(all.events[0]).toMatchObject({ kind: "launch_asked", by: "the-admin", text: "Launch asked by the-admin" });
  expect(all.events.find(({ kind }) => kind === "account_selected")).toMatchObject({ account: "east", refused: [] });
  const page = await stand.reply(EventPage, 200, { path: `${path}?after=3&limit=2` });
  expect(page.events).toEqual(all.events.slice(3, 5));
  await stand.problem("bad_request", { path: `${path}?after=-1` });
  await stand.problem("not_found", { path: "/v1/deployments/nothing/events" });
});

test("the stream of a final deployment tells everything, says that it ends, and ends", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const id = await launched(stand);
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/cancel` });
  await stand.clock.advance(10_000);
  const all = await stand.reply(EventPage, 200, { path: `/v1/deployments/${id}/events` });
  const { messages } = await read(stand, { path: `/v1/deployments/${id}/stream` }, never);
  const end = messages.at(-1);
  expect(end?.event).toBe("end");
  expect(StreamEnd.parse(JSON.parse(end?.data ?? ""))).toEqual({ state: "failed", last: all.last, deleted: false });
  const steps = messages.slice(0, -1).map(({ data }) => Event.parse(JSON.parse(data)));
  expect(steps).toEqual(all.events);
  expect(messages.slice(0, -1).map((message) => message.id)).toEqual(steps.map(({ no }) => String(no)));
});

test("a list or stream that begins at steps which are gone begins at the oldest kept, and says so", async () => {
  const stand = await createStand();
  const engine = stand.engine();
  await engine.start();
  await stand.clock.advance(1_000);
  const id = await launched(stand);
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/cancel` });
  await stand.clock.advance(10_000);
  const path = `/v1/deployments/${id}/events`;
  const before = await stand.reply(EventPage, 200, { path });
  expect(before.oldest).toBe(1);
  await engine.stop();
  await stand.clock.advance(91 * DAY_MS);
  const tail = async (lastId?: string) =>
    (await read(stand, { path: `/v1/deployments/${id}/stream`, lastId }, never)).messages;
  const end = { event: "end", data: expect.any(String) };
  await stand.store.write((tx) => tx.prune({ deployments: 1, rows: before.last - 1 }));
  const page = await stand.reply(EventPage, 200, { path });
  expect(page).toEqual({ events: before.events.slice(-1), last: before.last, oldest: before.last });
  const gone = { event: "gone", id: String(before.last - 1), data: JSON.stringify({ oldest: before.last }) };
  expect(await tail()).toMatchObject([gone, { event: "step", id: String(before.last) }, end]);
  expect(await tail(gone.id)).toMatchObject([{ event: "step" }, end]);
  await stand.store.write((tx) => tx.prune({ deployments: 1, rows: 1 }));
  expect(await stand.reply(EventPage, 200, { path })).toEqual({
    events: [],
    last: before.last,
    oldest: before.last + 1,
  });
  expect(await tail("2")).toMatchObject([{ event: "gone", id: String(before.last) }, end]);
  const { kept } = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  expect(kept).toEqual({ stepsFrom: before.last + 1, consolesGoneAt: expect.any(String), ledgerGoneAt: null });
});

const isUp = (messages: readonly Message[]): boolean => messages.some(({ data }) => data.includes('"all_ready"'));

test("a long story is told whole before its end", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const source = "slipway: 1\nname: flock\ninstances:\n  sheep: { image: debian-12, profile: small, count: 45 }\n";
  await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body: { blueprint: { source } } });
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, { method: "POST", path: "/v1/deployments/flock/stop" });
  await stand.clock.advance(20_000);
  const { messages } = await read(stand, { path: "/v1/deployments/flock/stream" }, never);
  expect(messages.length).toBeGreaterThan(250);
  expect(messages.slice(0, -1).map((message) => message.id)).toEqual(
    messages.slice(1).map((_, place) => String(place + 1)),
  );
  expect(messages.at(-1)).toMatchObject({ event: "end", data: expect.stringContaining('"state":"stopped"') });
});

test("a reader that comes back with its last id misses nothing and gets nothing twice", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const id = await launched(stand);
  const seen: Message[] = [];
  // Each reader leaves after two steps, wherever the launch is then.
  while (!isUp(seen)) {
    const enough = (messages: readonly Message[]) => messages.length >= 2 || isUp(messages);
    const reading = read(stand, { path: `/v1/deployments/${id}/stream`, lastId: seen.at(-1)?.id }, enough);
    seen.push(...(await stand.meanwhile(reading)).messages);
  }
  const all = await stand.reply(EventPage, 200, { path: `/v1/deployments/${id}/events` });
  expect(seen.map((message) => message.id)).toEqual(all.events.map(({ no }) => String(no)));
});

test("a live stream delivers as it happens, and is woken by the commit", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const id = await launched(stand);
  const { messages } = await stand.meanwhile(read(stand, { path: `/v1/deployments/${id}/stream` }, isUp));
  const all = await stand.reply(EventPage, 200, { path: `/v1/deployments/${id}/events` });
  expect(messages.map((message) => message.id)).toEqual(all.events.map(({ no }) => String(no)));
});

test("a lost wake-up is made up for by looking again", async () => {
  const deaf = { on: () => () => undefined, close: async () => undefined };
  const stand = await createStand({}, { wakes: deaf });
  const id = await launched(stand);
  const done = read(stand, { path: `/v1/deployments/${id}/stream` }, (messages) => messages.length >= 2);
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/cancel` });
  await stand.clock.advance(1_000);
  expect((await done).messages.map((message) => message.id)).toEqual(["1", "2"]);
});

test("a silent stream says that it lives", async () => {
  const stand = await createStand();
  const id = await launched(stand);
  const done = read(stand, { path: `/v1/deployments/${id}/stream?after=1` }, (_, text) =>
    text.includes(": still here"),
  );
  await stand.ask({ path: "/livez" });
  await stand.clock.advance(HEARTBEAT_MS + 2_000);
  expect((await done).messages).toEqual([]);
});

test("a stream ends with its token, without an end event", async () => {
  const stand = await createStand();
  const id = await launched(stand);
  const done = read(stand, { path: `/v1/deployments/${id}/stream` }, never);
  await stand.ask({ method: "DELETE", path: "/v1/tokens/the-viewer" });
  const { messages } = await stand.meanwhile(done);
  expect(messages.map(({ event }) => event)).toEqual(["step"]);
});

test("streams end with the server, without an end event, so that readers come back", async () => {
  const stand = await createStand();
  const id = await launched(stand);
  const done = read(stand, { path: `/v1/deployments/${id}/stream` }, (messages, text) => {
    if (messages.length === 1 && text.includes("id: 1")) stand.closeStreams();
    return false;
  });
  expect((await done).messages.map(({ event }) => event)).toEqual(["step"]);
});

test("a stream whose first read fails is answered with a problem", async () => {
  let begun = (): void => undefined;
  const breaking = {
    on: () => {
      begun();
      return () => undefined;
    },
    close: async () => undefined,
  };
  const stand = await createStand({}, { wakes: breaking });
  const id = await launched(stand);
  // A stream listens before it reads: the database goes away in between.
  begun = () => stand.store.crash();
  const { detail } = await stand.problem("unavailable", { path: `/v1/deployments/${id}/stream` });
  expect(detail).toContain("try again");
});

test("a stream that breaks off says nothing in the middle of it", async () => {
  const stand = await createStand();
  const id = await launched(stand);
  const done = read(stand, { path: `/v1/deployments/${id}/stream` }, (_, text) => {
    if (text.includes("id: 1")) stand.store.crash();
    return false;
  });
  const { text } = await stand.meanwhile(done);
  expect(text.split("\n\n").filter((block) => !/^(retry|event): /.test(block))).toEqual([""]);
});

test("a look at the head of a stream watches nothing", async () => {
  let watching = 0;
  const counting = {
    on: () => {
      watching += 1;
      return () => void (watching -= 1);
    },
    close: async () => undefined,
  };
  const stand = await createStand({}, { wakes: counting });
  const id = await launched(stand);
  const { status, headers } = await stand.ask({ method: "HEAD", path: `/v1/deployments/${id}/stream` });
  expect([status, headers.get("content-type"), watching]).toEqual([200, "text/event-stream; charset=utf-8", 0]);
});

test("a number of an event that the database cannot hold is refused", async () => {
  const stand = await createStand();
  const id = await launched(stand);
  for (const wrong of ["2147483648", "-1", "1e3", "0x1", "1.5", "99999999999999999999"]) {
    for (const path of ["events", "stream"]) {
      const { detail } = await stand.problem("bad_request", { path: `/v1/deployments/${id}/${path}?after=${wrong}` });
      expect(detail).toBe("query after: must be a whole number from 0 to 2147483647");
    }
    const headers = { "last-event-id": wrong };
    await stand.problem("bad_request", { path: `/v1/deployments/${id}/stream`, headers });
  }
  const last = await stand.reply(EventPage, 200, { path: `/v1/deployments/${id}/events?after=2147483647` });
  expect(last).toEqual({ events: [], last: 1, oldest: 1 });
});
