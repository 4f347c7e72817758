// As refusals.test.ts, at every write of the story.

import { expect, test } from "vitest";
import { TROUBLES } from "./server.ts";
import { openTeller } from "./story.ts";
import { refusalAt, wrongWith } from "./plan.ts";

test.concurrent.each(Object.entries(TROUBLES))(
  "%s: whichever write is refused, a launch and its stop end as they would have",
  async (_, trouble) => {
    await using teller = await openTeller();
    const plain = await teller.tell(null);
    const found: unknown[] = [];
    for (let nth = 1; nth <= plain.writes; nth += 1) {
      const wrong = wrongWith(await teller.tell(refusalAt(trouble, nth)), plain);
      if (wrong.length > 0) found.push({ nth, wrong });
    }
    expect(found).toEqual([]);
  },
);
