// Blocks as rows, and what the decisions of one transaction remember and forget of them, written in one order at its end.
//
// Several transactions write blocks at once, without the lock of their account: what has proven good is lifted by whoever saw it. None
// waits for another in a circle, since each goes through the same three phases:
// 1. what is new is inserted, in order of the key: this waits for those only who insert the same, and what is there already is left alone;
// 2. all that is to be changed and is committed is locked, in order of the key: nobody sees what another has only inserted;
// 3. what was locked is changed, and nothing else, which waits for nobody.
// So there is one round in a transaction, after all of its waves: a second one would begin with the locks of the first.

import { sql } from "kysely";
import type { Block } from "../core/account.ts";
import { triesEnded, withoutTries } from "../core/market/blocks.ts";
import type { Changes } from "../core/snapshot.ts";
import { date, dateOrNull, json, listed, ms, type Sql, texts, updateRows } from "./rows.ts";
import type { BlockRow } from "./schema.ts";

export function toBlock(row: BlockRow): Block {
  const { account, realm, size, reason, text, strikes, until, probe_deployment, probe_until } = row;
  const probe =
    probe_deployment === null || probe_until === null ? null : { deployment: probe_deployment, until: ms(probe_until) };
  return { account, realm, size, reason, text, strikes, until: ms(until), probe };
}

function blockRow({ probe, until, ...block }: Block): BlockRow {
  const probed = { probe_deployment: probe?.deployment ?? null, probe_until: dateOrNull(probe?.until ?? null) };
  return { ...block, until: date(until), ...probed };
}

const BLOCK_KEY = ["account", "realm", "size", "reason"] as const;

const keyOf = (row: Pick<Block, (typeof BLOCK_KEY)[number]>): string =>
  JSON.stringify(BLOCK_KEY.map((part) => row[part]));
const offerOf = ({ account, realm, size }: Changes["unblocks"][number]): string =>
  JSON.stringify([account, realm, size]);

type Wave = Pick<Changes, "blocks" | "unblocks" | "attempts">;

/** What one transaction changes of blocks. Decisions of one batch may block the same offer: the last one counts. */
export class BlockChanges {
  #put = new Map<string, Block>();
  readonly #lifted = new Map<string, Wave["unblocks"][number]>();
  readonly #ended = new Set<string>();

  /** In the order in which they are decided: each knows what those before it did. */
  add(changes: readonly Wave[]): void {
    for (const block of changes.flatMap(({ blocks }) => blocks)) this.#put.set(keyOf(block), block);
    for (const offer of changes.flatMap(({ unblocks }) => unblocks)) {
      const { account, realm, size } = offer;
      this.#lifted.set(offerOf(offer), { account, realm, size });
      for (const [key, block] of this.#put) if (offerOf(block) === offerOf(offer)) this.#put.delete(key);
    }
    const ended = triesEnded(changes);
    for (const deployment of ended) this.#ended.add(deployment);
    this.#put = new Map(withoutTries([...this.#put.values()], ended).map((block) => [keyOf(block), block]));
  }

  async write(db: Sql): Promise<void> {
    if (this.#put.size + this.#lifted.size + this.#ended.size === 0) return;
    const put = sql`jsonb_populate_recordset(null::blocks, ${json([...this.#put.values()].map(blockRow))})`;
    const lifted = sql`jsonb_populate_recordset(null::blocks, ${json([...this.#lifted.values()])})`;
    const key = listed(BLOCK_KEY);
    if (this.#put.size > 0) {
      await sql`insert into blocks select * from ${put} order by ${key} on conflict (${key}) do nothing`.execute(db);
    }
    const { rows: locked } = await sql<BlockRow>`select * from blocks
      where (${key}) in (select ${key} from ${put}) or (account, realm, size) in (select account, realm, size from ${lifted})
        or probe_deployment = any(${texts([...this.#ended])})
      order by ${key} for update`.execute(db);
    const [gone, kept] = [locked.filter((row) => this.#isGone(row)), locked.filter((row) => !this.#isGone(row))];
    const untried = { probe_deployment: null, probe_until: null };
    const rows = kept.map((row) => {
      const block = this.#put.get(keyOf(row));
      return block === undefined ? { ...row, ...untried } : blockRow(block);
    });
    await updateRows(db, { table: "blocks", key: BLOCK_KEY }, rows);
    if (gone.length === 0) return;
    await sql`delete from blocks where (${key}) in (
      select ${key} from jsonb_populate_recordset(null::blocks, ${json(gone)}))`.execute(db);
  }

  #isGone(row: BlockRow): boolean {
    return this.#lifted.has(offerOf(row)) && !this.#put.has(keyOf(row));
  }
}
