// A poll of which the database's last word comes late, when the account is listed again already.

import { expect, test } from "vitest";
import type { Cloud } from "../ports/provider.ts";
import type { Store, Tx } from "../ports/store.ts";
import { flock } from "./flock.testsuite.ts";
import { clouded } from "./world.testsuite.ts";

test("whoever is gone from the next list is missing all the same", async () => {
  let victim = "";
  let isHidden = false;
  let pages = 0;
  let onSecondPage = (): void => {};
  const hiding = (given: Cloud): Partial<Cloud> => ({
    async list(installation, cursor, signal) {
      const listing = await given.list(installation, cursor, signal);
      pages = cursor === null ? 1 : pages + 1;
      if (pages === 2) {
        onSecondPage();
        // Whoever waited for that goes first.
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      }
      if (listing.next === null && !isHidden) victim = listing.machines.at(-1)?.name ?? victim;
      return { ...listing, machines: listing.machines.filter(({ name }) => !isHidden || name !== victim) };
    },
  });
  const { world, id } = await flock(6, { clouds: [{ name: "east", pageSize: 2 }], ...clouded(hiding) });
  await world.clock.advance(10_000);
  await world.engine1.stop();
  const own = world.store.join();
  let isLate = false;
  const store: Store = {
    ...own,
    async write(act) {
      let ended = false;
      const endPoll =
        (tx: Tx) =>
        async (...given: Parameters<Tx["endPoll"]>) =>
          (ended = await tx.endPoll(...given));
      const result = await own.write((tx) => act({ ...tx, endPoll: endPoll(tx) }));
      if (ended && isLate) {
        isLate = false;
        await new Promise<void>((resolve) => (onSecondPage = resolve));
      }
      return result;
    },
  };
  await world.engine({ store }).start();
  await world.clock.advance(200_000);
  const account = (await world.account("east")).id;
  const hurry = () => world.store.write(async (tx) => tx.pollBy(account, await tx.now()));
  isLate = true;
  await hurry();
  await world.clock.advance(3_000);
  isHidden = true;
  await hurry();
  await world.clock.advance(6 * 60_000);
  expect((await world.machines(id)).find((row) => row.id === victim)?.missing).toBeGreaterThan(0);
});
