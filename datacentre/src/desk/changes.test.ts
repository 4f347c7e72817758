// Changes, for those who ask and those who listen, on either way.

import { describe, expect, test } from "vitest";
import { createChangeLog } from "../state/change-log.ts";
import type { CloudSettings } from "../settings.ts";
import type { Change } from "../tenant-api.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const PUSHING: Partial<CloudSettings> = { pushes: true, boot: { kind: "fixed", ms: 1000 } };
const told = (changes: readonly Change[]): string[] =>
  changes.map(({ what, name, state }) => `${what} ${name} ${state}`);

/** The next so many of a stream, with time moving on as it needs to. */
async function next(stream: AsyncIterator<Change>, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  while (changes.length < count) {
    const { value, done } = await stream.next();
    if (done === true) throw new Error("the stream has ended");
    changes.push(value);
  }
  return changes;
}

describe.each(WAYS)("%s: changes that are asked for", (_, way) => {
  const cloudWith = stagesBy(way);

  test("every new state of machines, parts and operations, numbered and in order", async () => {
    const { clock, api } = await cloudWith({ boot: { kind: "fixed", ms: 1000 }, parts: { implied: ["port"] } });
    const { id } = await api.create({ ...MEDIUM, labels: { owner: "us" } });
    const first = await api.changes({});
    expect(told(first.changes)).toEqual([
      "machine db pending",
      "operation db-port running",
      "part db-port making",
      "operation db running",
      "part db-port attached",
      "operation db-port done",
    ]);
    expect(first.changes.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(first.changes[0]).toMatchObject({ id, realm: "plain-a", labels: { owner: "us" }, at: 1_000_000 });
    await clock.advance(1000);
    await api.remove(id);
    const second = await api.changes({ after: first.last });
    expect(told(second.changes)).toEqual([
      "machine db running",
      "operation db done",
      "operation db running",
      "machine db stopping",
      "machine db terminated",
      "operation db done",
      "part db-port available",
      "part db-port removing",
      "operation db-port running",
      "operation db-port done",
      "part db-port gone",
    ]);
    expect(await api.changes({ after: second.last })).toEqual({ changes: [], last: second.last, isGap: false });
    expect(told((await api.changes({ labels: { owner: "us" } })).changes)).not.toContain("operation db done");
  });

  test("an answer may be empty, and what others do is not told", async () => {
    const { api, operator } = await cloudWith({
      tenants: ["plain", "other"].map((name) => ({ name, key: `${name}-key` })),
    });
    operator.plant("other", MEDIUM);
    expect(await api.changes({})).toMatchObject({ changes: [], isGap: false });
    await api.create(MEDIUM);
    operator.addFaults([{ on: "changes", do: { kind: "list_empty" } }]);
    expect((await api.changes({})).changes).toEqual([]);
    expect((await api.changes({})).changes).not.toEqual([]);
  });
});

describe("the log of changes", () => {
  const change = { at: 0, what: "machine", id: "m", name: "m", realm: "r", labels: {}, state: "running" } as const;

  test("keeps the newest, and says what it has dropped", () => {
    const log = createChangeLog(2);
    for (let made = 0; made < 5; made++) log.add({ tenant: made % 2 === 0 ? "a" : "b", ...change });
    expect(log.after(3, "a")).toMatchObject({ changes: [{ number: 5 }], last: 5, isGap: false });
    expect(log.after(2, "a")).toMatchObject({ changes: [{ number: 5 }], isGap: true });
    expect(log.after(3, "b")).toMatchObject({ changes: [{ number: 4 }], isGap: false });
    expect(log.after(9, "a")).toEqual({ changes: [], last: 5, isGap: false });
  });
});

describe.each(WAYS)("%s: a stream of changes", (_, way) => {
  const cloudWith = stagesBy(way);

  test("tells from now on, each change as it happens", async () => {
    const { clock, api } = await cloudWith(PUSHING);
    await api.create({ ...MEDIUM, name: "before" });
    const stream = (await api.watch({}))[Symbol.asyncIterator]();
    const first = next(stream, 2);
    await api.create(MEDIUM);
    expect(told(await first)).toEqual(["machine db pending", "operation db running"]);
    const second = next(stream, 4);
    await clock.advance(1000);
    expect(told(await second)).toEqual([
      "machine before running",
      "operation before done",
      "machine db running",
      "operation db done",
    ]);
    await stream.return?.();
  });

  test("goes on after a number, and chooses by label", async () => {
    const { clock, api, operator } = await cloudWith(PUSHING);
    await api.create({ ...MEDIUM, labels: { owner: "us" } });
    await api.create({ ...MEDIUM, name: "foreign" });
    const stream = (await api.watch({ after: 0, labels: { owner: "us" } }))[Symbol.asyncIterator]();
    const changes = next(stream, 2);
    await clock.advance(1000);
    expect(told(await changes)).toEqual(["machine db pending", "machine db running"]);
    const death = next(stream, 1);
    const [machine] = (await api.list({ labels: { owner: "us" } })).machines;
    operator.kill(machine?.id ?? "", { to: "error" });
    expect(told(await death)).toEqual(["machine db error"]);
    await stream.return?.();
  });

  test("is cut, or says nothing, by script", async () => {
    const { clock, api, operator } = await cloudWith(PUSHING);
    operator.addFaults([
      { on: "watch", do: { kind: "stream_cut", afterMs: 500 } },
      { on: "watch", do: { kind: "stream_silent" } },
    ]);
    const cut = (await api.watch({}))[Symbol.asyncIterator]().next();
    const lost = expect(cut).rejects.toMatchObject({ name: "LostAnswer" });
    await clock.advance(500);
    await lost;
    const leave = new AbortController();
    const silent = (await api.watch({}, leave.signal))[Symbol.asyncIterator]().next();
    let isTold = false;
    silent.then(
      () => (isTold = true),
      () => undefined,
    );
    await api.create(MEDIUM);
    await clock.advance(5000);
    expect(isTold).toBe(false);
    leave.abort(new Error("left"));
    await expect(silent).rejects.toThrow("left");
  });

  test("is refused where the cloud does not push, without a key, and from where nothing is kept", async () => {
    const { api } = await cloudWith();
    expect((await api.traits()).pushes).toBe(false);
    await expect(api.watch({})).rejects.toMatchObject(refusal("invalid_request"));
    const wrong = await cloudWith(PUSHING, { ...ACCESS, key: "wrong" });
    await expect(wrong.api.watch({})).rejects.toMatchObject(refusal("wrong_key"));
  });
});
