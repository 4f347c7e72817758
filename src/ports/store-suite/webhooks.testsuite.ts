// What webhooks wait for is written with the events, told in their order, one try at a time, and never lost.

import { expect, test } from "vitest";
import { DELIVERY_BACKOFF, type Webhook } from "../../core/story/delivery.ts";
import type { EventBody } from "../../core/story/event.ts";
import type { DeploymentId } from "../../core/ids.ts";
import { SAMPLE_TIME, sampleEvent, samplePool } from "../store.samples.ts";
import { type Answer, EACH_MOST, type Letter } from "../webhooks.ts";
import { dyingLetters } from "./dead-letters.testsuite.ts";
import {
  begin,
  change,
  changeIn,
  gate,
  HOUR_MS,
  launch,
  nthId,
  openAccounts,
  raceOn,
  type Stage,
  times,
} from "./stage.testsuite.ts";

const TAKEN: Answer = { isTaken: true, isFinal: true, text: "204", retryAfterMs: null };
const FAILED: Answer = { isTaken: false, isFinal: false, text: "500", retryAfterMs: null };
const CHAIN = { claimMs: HOUR_MS };

export function webhookSuite(stage: Stage): void {
  const add = (given: Partial<Webhook> = {}) => {
    const usual = { name: "chat", url: "https://chat.example/hook", pool: null, kinds: null };
    const webhook = { ...usual, createdAt: SAMPLE_TIME, createdBy: "admin", ...given };
    return stage.store.write((tx) => tx.addWebhook(webhook, `sealed ${webhook.name}`));
  };
  const claim = (limit = 10, claimMs = HOUR_MS, text = `claim ${Math.random()}`) =>
    stage.store.write((tx) => tx.claimLetters(limit, { claim: text, claimMs }));
  const settle = (letter: Letter, answer: Answer, chain: typeof CHAIN | null = null) =>
    stage.store.write((tx) => tx.settleLetter(letter, answer, chain));
  const settleNext = async (answer: Answer) => {
    const [letter] = await claim(1);
    if (letter === undefined) throw new Error("nothing was due");
    return { letter, settled: await settle(letter, answer) };
  };
  /** Writes the events behind the first one. */
  const write = (id: DeploymentId, last: number, body?: EventBody) =>
    change(stage.store, id, ({ deployment }) => ({
      deployment: { eventNo: last },
      events: times(last - deployment.eventNo).map((n) =>
        sampleEvent({ deployment: id, no: deployment.eventNo + n + 1, ...(body === undefined ? {} : { body }) }),
      ),
    }));
  const told = (letters: readonly Letter[]) =>
    letters.map(({ webhook, event }) => `${webhook.name} ${event.no} ${event.body.kind}`);
  const standing = async () => (await stage.store.read((tx) => tx.webhooks()))[0];

  test("one that is told of other kinds is told of those from then on, and of what waits", async () => {
    await add({ kinds: ["debt_opened"] });
    const { id } = await launch(stage.store);
    await write(id, 2, { kind: "deleted" });
    expect(await claim()).toEqual([]);
    await stage.store.write((tx) => tx.changeWebhook("chat", ["deleted"]));
    await write(id, 3, { kind: "deleted" });
    await write(id, 4, { kind: "cancel_asked", by: "ada" });
    const letters = await claim(1);
    expect(told(letters).at(-1)).toMatch(/^chat [23] deleted$/);
    await stage.store.write((tx) => tx.changeWebhook("chat", ["debt_opened"]));
    const [letter] = letters;
    if (letter !== undefined) await settle(letter, TAKEN);
    expect(await claim()).toEqual([]);
  });

  test("a webhook keeps every field, its name is its own, and its secret is not shown with it", async () => {
    const webhook: Partial<Webhook> = { pool: "blue", kinds: ["deleted", "debt_opened"], createdBy: "ada" };
    expect(await add(webhook)).toBe(true);
    expect(await add({ url: "https://other.example" })).toBe(false);
    const usual = { name: "chat", url: "https://chat.example/hook", createdAt: SAMPLE_TIME };
    const { store } = stage;
    expect(await store.read((tx) => tx.webhooks())).toEqual([
      { webhook: { ...usual, ...webhook }, waiting: 0, failing: null, dead: 0 },
    ]);
    expect(await store.read((tx) => tx.webhookSecret("chat"))).toBe("sealed chat");
    expect(await store.read((tx) => tx.webhookSecret("other"))).toBeNull();
    expect(await store.write((tx) => tx.changeWebhook("chat", null))).toBe(true);
    expect((await standing())?.webhook).toEqual({ ...usual, ...webhook, kinds: null });
    expect(await store.write((tx) => tx.changeWebhook("other", null))).toBe(false);
    expect(await store.write((tx) => tx.deleteWebhook("chat"))).toBe(true);
    expect(await store.write((tx) => tx.deleteWebhook("chat"))).toBe(false);
    expect(await store.read((tx) => tx.webhooks())).toEqual([]);
  });

  test("events are told one after the other, from the first that is written after the webhook", async () => {
    const { id, name, pool, blueprint } = await launch(stage.store);
    await add();
    expect(await stage.store.read((tx) => tx.nextDelivery())).toMatchObject({ at: null });
    await write(id, 3);
    const letters = await claim();
    expect(told(letters)).toEqual(["chat 2 launch_asked"]);
    expect(letters[0]).toMatchObject({
      deployment: { id, name, pool, blueprint: blueprint.name },
      sealedSecret: "sealed chat",
      again: false,
    });
    expect(await claim()).toEqual([]);
    await write(id, 4);
    const [first] = letters;
    if (first === undefined) throw new Error("nothing was due");
    const then = await settle(first, TAKEN, CHAIN);
    expect(then).toMatchObject({ isDead: false, next: { event: { no: 3 }, claim: first.claim } });
    expect(await claim()).toEqual([]);
    if (then?.next === undefined || then.next === null) throw new Error("nothing follows");
    expect(await settle(then.next, TAKEN)).toEqual({ isDead: false, next: null });
    expect((await settleNext(TAKEN)).letter.event.no).toBe(4);
    expect(await standing()).toMatchObject({ waiting: 0, failing: null, dead: 0 });
    await write(id, 5);
    expect((await settleNext(TAKEN)).letter.event.no).toBe(5);
    const of = { state: null, limit: 10 };
    expect((await stage.store.read((tx) => tx.deliveries("chat", of))).map(({ no }) => no)).toEqual([5, 4, 3, 2]);
  });

  test("a launch is told from its first event on", async () => {
    await add();
    const { id } = await launch(stage.store);
    expect(await claim()).toMatchObject([{ event: { deployment: id, no: 1 } }]);
  });

  test("a webhook is told of its pool and its kinds alone, also when the pool is gone", async () => {
    await stage.store.write((tx) => tx.putPool(samplePool({ name: "blue", members: [] })));
    await add({ name: "blue", pool: "blue" });
    await add({ name: "debts", kinds: ["debt_cleared"] });
    const inBlue = await launch(stage.store, { id: nthId(1), pool: "blue" });
    const other = await launch(stage.store, { id: nthId(2) });
    await stage.store.write((tx) => tx.deletePool("blue"));
    for (const { id } of [inBlue, other]) {
      await write(id, 3);
      await write(id, 4, { kind: "deleted" });
    }
    const letters = await claim();
    expect(told(letters)).toEqual([`blue 1 ${letters[0]?.event.body.kind}`]);
    expect(letters[0]?.deployment).toMatchObject({ id: inBlue.id, pool: "blue" });
  });

  test("a try that failed comes again later, and what is behind it waits", async () => {
    await add();
    const { id } = await launch(stage.store);
    await write(id, 2);
    const before = (await stage.store.read((tx) => tx.now())) + DELIVERY_BACKOFF.firstMs / 2;
    const { letter, settled } = await settleNext(FAILED);
    expect(settled).toEqual({ isDead: false, next: null });
    expect(await claim()).toEqual([]);
    const { at } = await stage.store.read((tx) => tx.nextDelivery());
    expect(at).toBeGreaterThanOrEqual(before);
    expect(await stage.store.read((tx) => tx.lanes("chat", 10))).toMatchObject([
      { deployment: id, nextNo: 1, tries: 1, failures: 1, claim: null, text: "500", dueAt: at },
    ]);
    expect(await standing()).toMatchObject({ waiting: 1, failing: { text: "500" }, dead: 0 });
    expect(await stage.store.write((tx) => tx.replay("chat", null))).toBe(0);
    const again = await settleNext(TAKEN);
    expect(again.letter.event).toEqual(letter.event);
    expect((await settleNext(TAKEN)).letter.event.no).toBe(2);
    expect(await stage.store.read((tx) => tx.deliveries("chat", { state: null, limit: 10 }))).toMatchObject([
      { no: 2, tries: 1 },
      { no: 1, tries: 2, state: "delivered", text: "204", again: false },
    ]);
  });

  test("who has run out of time with a claim does nothing any more", async () => {
    await add();
    await launch(stage.store);
    const [slow] = await claim(1, -1);
    const [quick] = await claim(1);
    if (slow === undefined || quick === undefined) throw new Error("nothing was due");
    expect(quick.event).toEqual(slow.event);
    expect(await settle(slow, FAILED)).toBeNull();
    expect(await settle(quick, TAKEN)).toMatchObject({ isDead: false });
    expect(await settle(quick, TAKEN)).toBeNull();
  });

  test("one webhook takes a few tries at a time alone, and leaves the others theirs", async () => {
    await add({ name: "a" });
    await add({ name: "b" });
    for (const n of times(EACH_MOST + 2)) await launch(stage.store, { id: nthId(n + 1) });
    const letters = await claim(100);
    expect(letters.filter(({ webhook }) => webhook.name === "a")).toHaveLength(EACH_MOST);
    expect(letters.filter(({ webhook }) => webhook.name === "b")).toHaveLength(EACH_MOST);
    expect(await claim(100)).toEqual([]);
    const [first] = letters;
    if (first === undefined) throw new Error("nothing was due");
    await settle(first, TAKEN);
    expect(await claim(100)).toMatchObject([{ webhook: { name: first.webhook.name } }]);
  });

  test("webhooks that answer late keep nobody else waiting, however many they are", async () => {
    const late = times(6).map((n) => `late-${n}`);
    for (const name of [...late, "prompt"]) await add({ name });
    for (const n of times(3)) await launch(stage.store, { id: nthId(n + 1) });
    const first = await claim(4);
    expect(new Set(first.map(({ webhook }) => webhook.name)).size).toBe(4);
    const under = [...first];
    const told = new Set(first.map(({ webhook }) => webhook.name));
    // One place after the other becomes free, each of a webhook that has more to be told.
    for (const n of times(60)) {
      const letter = under.shift();
      if (letter === undefined || told.has("prompt")) break;
      await settle(letter, TAKEN);
      for (const next of await claim(1, HOUR_MS, `claim ${n}`)) {
        under.push(next);
        told.add(next.webhook.name);
      }
    }
    expect([...told]).toContain("prompt");
  });

  test("a webhook's first try comes before the second of any other", async () => {
    for (const name of ["a", "b", "c"]) await add({ name });
    for (const n of times(EACH_MOST)) await launch(stage.store, { id: nthId(n + 1) });
    // One after the other: of two at the same moment one leaves out what the other has in hand.
    const rounds: Awaited<ReturnType<typeof claim>>[] = [];
    for (const _ of times(EACH_MOST)) rounds.push(await claim(3));
    for (const letters of rounds)
      expect(letters.map(({ webhook }) => webhook.name).toSorted()).toEqual(["a", "b", "c"]);
    const [letter] = rounds.flat().filter(({ webhook }) => webhook.name === "a");
    if (letter === undefined) throw new Error("nothing was due");
    await settle(letter, FAILED);
    await add({ name: "d" });
    await write(nthId(1), 2);
    expect(await claim(1)).toMatchObject([{ webhook: { name: "d" } }]);
  });

  test("claims of a process that is gone are void", async () => {
    await add();
    await launch(stage.store);
    await claim();
    await stage.store.write((tx) => tx.voidClaims());
    expect(await claim()).toMatchObject([{ event: { no: 1 } }]);
  });

  test("steps that a webhook has not been told yet are not taken away", async () => {
    await add();
    const { id } = await launch(stage.store);
    const now = await stage.store.read((tx) => tx.now());
    await openAccounts(stage.store);
    await begin(stage.store, id);
    await change(stage.store, id, () => ({
      deployment: { state: "failed", endedAt: now - 100 * 24 * HOUR_MS, wakeAt: null },
    }));
    const limits = { deployments: 10, rows: 10 };
    expect(await stage.store.write((tx) => tx.prune(limits))).toMatchObject({ steps: 0 });
    await settleNext(TAKEN);
    expect(await stage.store.write((tx) => tx.prune(limits))).toMatchObject({ steps: 1 });
  });

  test("what goes with a webhook goes with it", async () => {
    await add();
    const { id } = await launch(stage.store);
    await write(id, 2);
    const { letter } = await settleNext(TAKEN);
    const [open] = await claim();
    await stage.store.write((tx) => tx.deleteWebhook("chat"));
    if (open === undefined) throw new Error("nothing was due");
    expect(await settle(open, TAKEN)).toBeNull();
    await add();
    expect(letter.webhook.name).toBe("chat");
    expect(await stage.store.read((tx) => tx.deliveries("chat", { state: null, limit: 10 }))).toEqual([]);
    expect(await stage.store.read((tx) => tx.lanes("chat", 10))).toEqual([]);
  });

  dyingLetters(stage, { add, claim, settleNext, write });

  const race = raceOn(stage);
  race("nothing of a webhook that is removed while it is told stays for the next of its name", async (store) => {
    await add();
    const { id } = await launch(store);
    const [letter] = await claim();
    if (letter === undefined) throw new Error("nothing was due");
    const settled = gate();
    const removing = gate();
    const settler = store.write(async (tx) => {
      await tx.settleLetter(letter, TAKEN, null);
      settled.open();
      await removing.passed;
    });
    await settled.passed;
    const removed = store.write((tx) => tx.deleteWebhook("chat"));
    // What is removed first by it is removed once the statement behind it is on its way.
    await store.read((tx) => tx.webhooks());
    removing.open();
    await Promise.all([settler, removed]);
    await add();
    expect(await store.read((tx) => tx.deliveries("chat", { state: null, limit: 10 }))).toEqual([]);
    await write(id, 2);
    expect(await claim()).toMatchObject([{ event: { no: 2 } }]);
  });

  race("a webhook is not told of what was written for another of its name", async (store) => {
    await add();
    const { id } = await launch(store);
    await settleNext(TAKEN);
    const written = gate();
    const removed = gate();
    const writer = store.write(async (tx) => {
      await changeIn(tx, id, () => ({
        deployment: { eventNo: 2 },
        events: [sampleEvent({ deployment: id, no: 2 })],
      }));
      written.open();
      await removed.passed;
    });
    await written.passed;
    await store.write((tx) => tx.deleteWebhook("chat"));
    removed.open();
    await writer;
    await add();
    expect(await claim()).toEqual([]);
  });

  race("an event that is written while the last before it is settled is told", async (store) => {
    await add();
    const { id } = await launch(store);
    const [letter] = await claim();
    if (letter === undefined) throw new Error("nothing was due");
    const written = gate();
    const settling = gate();
    const writer = store.write(async (tx) => {
      await changeIn(tx, id, () => ({
        deployment: { eventNo: 2 },
        events: [sampleEvent({ deployment: id, no: 2 })],
      }));
      written.open();
      await settling.passed;
    });
    await written.passed;
    const settled = settle(letter, TAKEN);
    settling.open();
    await Promise.all([writer, settled]);
    expect(await claim()).toMatchObject([{ event: { no: 2 } }]);
  });

  race("an event is told whose writer waits for who has just told the last before it", async (store) => {
    await add();
    const { id } = await launch(store);
    const [letter] = await claim();
    if (letter === undefined) throw new Error("nothing was due");
    const settled = gate();
    const writing = gate();
    const settler = store.write(async (tx) => {
      await tx.settleLetter(letter, TAKEN, null);
      settled.open();
      await writing.passed;
    });
    await settled.passed;
    const writer = write(id, 2);
    writing.open();
    await Promise.all([settler, writer]);
    expect(await claim()).toMatchObject([{ event: { no: 2 } }]);
  });
}
