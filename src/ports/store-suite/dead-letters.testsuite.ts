// What a webhook did not take: seen, told again, and kept for a while.

import { expect, test } from "vitest";
import type { DeploymentId } from "../../core/ids.ts";
import type { Answer, Letter, Settled } from "../webhooks.ts";
import { begin, change, HOUR_MS, launch, nthId, openAccounts, type Stage } from "./stage.testsuite.ts";

const TAKEN: Answer = { isTaken: true, isFinal: true, text: "204", retryAfterMs: null };
const FAILED: Answer = { isTaken: false, isFinal: false, text: "500", retryAfterMs: null };
const REFUSED: Answer = { isTaken: false, isFinal: true, text: "410", retryAfterMs: null };

interface Dying {
  readonly add: () => Promise<boolean>;
  readonly claim: () => Promise<readonly Letter[]>;
  readonly settleNext: (answer: Answer) => Promise<{ readonly letter: Letter; readonly settled: Settled | null }>;
  readonly write: (id: DeploymentId, last: number) => Promise<void>;
}

export function dyingLetters(stage: Stage, { add, claim, settleNext, write }: Dying): void {
  const ended = () => stage.store.read((tx) => tx.deliveries("chat", { state: null, limit: 10 }));
  const deadOnes = () => stage.store.read((tx) => tx.deliveries("chat", { state: "dead", limit: 10 }));
  const replay = (id: DeploymentId | null = null) => stage.store.write((tx) => tx.replay("chat", id));

  test("a letter that is given up is seen, and what is behind it goes on", async () => {
    await add();
    const { id, name } = await launch(stage.store);
    await write(id, 2);
    expect((await settleNext(REFUSED)).settled).toEqual({ isDead: true, next: null });
    const dead = { deployment: id, deploymentName: name, no: 1, kind: "launch_asked", state: "dead" };
    expect(await deadOnes()).toMatchObject([{ ...dead, tries: 1, text: "410", again: false }]);
    expect((await stage.store.read((tx) => tx.webhooks()))[0]).toMatchObject({ waiting: 1, dead: 1 });
    expect((await settleNext(TAKEN)).letter.event.no).toBe(2);
    expect(await claim()).toEqual([]);
  });

  test("dead letters are told again when a person asks, before what is new, once, and without holding that up", async () => {
    await add();
    const { id } = await launch(stage.store);
    await write(id, 2);
    await settleNext(REFUSED);
    await settleNext(REFUSED);
    expect(await claim()).toEqual([]);
    expect(await replay()).toBe(2);
    expect(await deadOnes()).toMatchObject([{ again: true }, { again: true }]);
    await write(id, 3);
    const first = await settleNext(FAILED);
    expect(first).toMatchObject({ letter: { event: { no: 1 }, again: true }, settled: { isDead: true } });
    expect((await settleNext(TAKEN)).letter).toMatchObject({ event: { no: 2 }, again: true });
    expect((await settleNext(TAKEN)).letter).toMatchObject({ event: { no: 3 }, again: false });
    expect(await claim()).toEqual([]);
    expect((await ended()).toSorted((a, b) => a.no - b.no)).toMatchObject([
      { no: 1, state: "dead", tries: 2, again: false },
      { no: 2, state: "delivered", tries: 2, again: false },
      { no: 3, state: "delivered", tries: 1 },
    ]);
  });

  test("one deployment's dead letters are told again without those of others", async () => {
    await add();
    const one = await launch(stage.store, { id: nthId(1) });
    const two = await launch(stage.store, { id: nthId(2) });
    await settleNext(REFUSED);
    await settleNext(REFUSED);
    expect(await replay(two.id)).toBe(1);
    expect((await settleNext(TAKEN)).letter.event.deployment).toBe(two.id);
    expect(await claim()).toEqual([]);
    expect(await deadOnes()).toMatchObject([{ deployment: one.id }]);
  });

  test("a dead letter is told again although its step is kept no longer", async () => {
    await add();
    const { id } = await launch(stage.store);
    const now = await stage.store.read((tx) => tx.now());
    const { letter } = await settleNext(REFUSED);
    await openAccounts(stage.store);
    await begin(stage.store, id);
    await change(stage.store, id, () => ({
      deployment: { state: "failed", endedAt: now - 100 * 24 * HOUR_MS, wakeAt: null },
    }));
    expect(await stage.store.write((tx) => tx.prune({ deployments: 10, rows: 10 }))).toMatchObject({ steps: 1 });
    await replay();
    expect((await settleNext(TAKEN)).letter.event).toEqual(letter.event);
  });

  test("what was delivered is kept for a while, a dead letter for another, and one that is to be told again anyhow", async () => {
    await add();
    const { id } = await launch(stage.store);
    await write(id, 3);
    await settleNext(TAKEN);
    await settleNext(REFUSED);
    await settleNext(REFUSED);
    const prune = (delivered: number, dead: number, limit = 10) =>
      stage.store.write((tx) => tx.pruneDeliveries({ limit, keptMs: { delivered, dead } }));
    expect(await prune(HOUR_MS, HOUR_MS)).toBe(0);
    expect(await ended()).toHaveLength(3);
    expect(await prune(0, HOUR_MS)).toBe(1);
    expect(await deadOnes()).toHaveLength(2);
    expect(await prune(0, 0, 1)).toBe(1);
    await replay();
    expect(await prune(0, 0)).toBe(0);
    expect(await deadOnes()).toHaveLength(1);
  });
}
