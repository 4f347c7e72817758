// Blocks that several transactions write at once, on a server: rows that are locked in two orders would end one of them (40P01).

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Block } from "../core/account.ts";
import { gate, launch, nthId, openAccounts, times } from "../ports/store-suite/stage.testsuite.ts";
import { SAMPLE_TIME, sampleAttempt, sampleBlock, sampleChanges } from "../ports/store.samples.ts";
import type { Store, Tx } from "../ports/store.ts";
import { openPostgres } from "./open.ts";
import { ownDatabase, type OwnDatabase } from "./postgres.samples.ts";

let database: OwnDatabase;
let store: Store;

beforeAll(async () => {
  database = await ownDatabase();
  store = await openPostgres({ url: database.url });
  await openAccounts(store);
  for (const n of times(6)) await launch(store, { id: nthId(n) });
});

beforeEach(async () => {
  for (const block of await store.read((tx) => tx.blocks())) await store.write((tx) => tx.clearBlock(block));
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

type Wave = Partial<Pick<Parameters<typeof sampleChanges>[1] & object, "blocks" | "unblocks" | "attempts">>;

/** One wave of a deployment's decision. */
async function wave(tx: Tx, n: number, changes: Wave): Promise<void> {
  const [snapshot] = await tx.snapshots([nthId(n)]);
  if (snapshot === undefined) throw new Error(`no deployment ${n}`);
  await tx.apply([sampleChanges(snapshot.deployment, changes)]);
}

const SMALL = sampleBlock({ size: "a-small" });
const LARGE = sampleBlock({ size: "b-large" });

const orders: readonly (readonly [string, readonly Block[], (block: Block) => Wave])[] = [
  ["put anew", [], (block) => ({ blocks: [block] })],
  ["put again", [SMALL, LARGE], (block) => ({ blocks: [{ ...block, strikes: 2 }] })],
  ["lifted", [SMALL, LARGE], (block) => ({ unblocks: [block] })],
];

test.each(orders)(
  "two transactions whose waves meet the same blocks in two orders both end: %s",
  async (_, given, of) => {
    await store.write(async (tx) => {
      await tx.lock([nthId(0)]);
      await wave(tx, 0, { blocks: given });
    });
    const [first, second] = [gate(), gate()];
    const both = (n: number, blocks: readonly Block[], gates: readonly ReturnType<typeof gate>[]) =>
      store.write(async (tx) => {
        await tx.lock([nthId(n)]);
        for (const [at, block] of blocks.entries()) {
          await wave(tx, n, of(block));
          if (at > 0) continue;
          gates[0]?.open();
          await gates[1]?.passed;
        }
      });
    await Promise.all([both(0, [SMALL, LARGE], [first, second]), both(1, [LARGE, SMALL], [second, first])]);
    const left = await store.read((tx) => tx.blocks());
    expect(left.map(({ size, strikes }) => `${size} ${strikes}`)).toEqual(
      { "put anew": ["a-small 1", "b-large 1"], "put again": ["a-small 2", "b-large 2"], lifted: [] }[_],
    );
  },
);

test("what waves of one transaction decide of a block follows in their order", async () => {
  const own = { deployment: nthId(2), until: SAMPLE_TIME };
  await store.write(async (tx) => {
    await tx.lock([nthId(2)]);
    await wave(tx, 2, { blocks: [SMALL, { ...LARGE, probe: own }] });
    await wave(tx, 2, { unblocks: [SMALL], attempts: [sampleAttempt({ deployment: nthId(2), endedAt: SAMPLE_TIME })] });
    await wave(tx, 2, { blocks: [{ ...SMALL, strikes: 3, probe: own }] });
  });
  const left = await store.read((tx) => tx.blocks());
  expect(left).toEqual([
    { ...SMALL, strikes: 3, probe: own },
    { ...LARGE, probe: null },
  ]);
});

test("blocks put, lifted and tried no more by several at once, in any order and several waves, end without a deadlock", async () => {
  const blocks = times(60).map((n) =>
    sampleBlock({ size: `s${n}`, probe: { deployment: nthId(n % 6), until: SAMPLE_TIME } }),
  );
  const waves: readonly Wave[] = [{ blocks }, { unblocks: blocks }, { blocks: blocks.toReversed() }, {}];
  for (const round of times(10)) {
    await Promise.all(
      times(6).map((n) =>
        store.write(async (tx) => {
          await tx.lock([nthId(n)]);
          const ended = (round + n) % 2 === 0 ? [] : [sampleAttempt({ deployment: nthId(n), endedAt: SAMPLE_TIME })];
          await wave(tx, n, { ...waves[(n + round) % waves.length], attempts: ended });
          await wave(tx, n, { ...waves[(n + 1 + round) % waves.length] });
        }),
      ),
    );
  }
  await store.write(async (tx) => {
    await tx.lock([nthId(0)]);
    await wave(tx, 0, { blocks });
  });
  expect(await store.read((tx) => tx.blocks())).toHaveLength(blocks.length);
});
