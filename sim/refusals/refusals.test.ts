// The database refuses one write of a launch and its stop, or for a while all or some that come after it as well, with each SQLSTATE that
// means that it cannot do its work at present. Here three writes for each; all of them are in every-write.long.test.ts.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { TROUBLES } from "./server.ts";
import { openTeller, type Teller, type Told } from "./story.ts";
import { refusalAt, wrongWith } from "./plan.ts";

// Each story is some hundred transactions, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HITS = 3;
const KINDS = Object.entries(TROUBLES);

let teller: Teller;
let plain: Told;

beforeAll(async () => {
  teller = await openTeller();
  plain = await teller.tell(null);
});

afterAll(() => teller[Symbol.asyncDispose]());

test("undisturbed it writes often", () => expect(plain.writes).toBeGreaterThan(100));

test.each(KINDS.map(([name, trouble], place) => ({ name, trouble, place })))(
  "$name: a launch and its stop end as they would have",
  async ({ trouble, place }) => {
    for (let hit = 0; hit < HITS; hit += 1) {
      // Spread over the story, and elsewhere for each kind.
      const nth = 1 + Math.floor((plain.writes * (hit + place / KINDS.length)) / HITS);
      const told = await teller.tell(refusalAt(trouble, nth, hit + place));
      expect({ nth, wrong: wrongWith(told, plain) }).toEqual({ nth, wrong: [] });
    }
  },
);
