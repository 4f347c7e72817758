// How many launches a second one process brings up on a cloud that answers at once, how long one alone takes, and what becomes of both as the
// database fills. Embedded, or on PostgreSQL where SLIPWAY_DATABASE_URL names an empty one. Clocks of shared machines lie, so the figure to
// quote is the ratio to a bound measured in the same run: how often a second the same database commits a transaction of three small statements.

import { launchAll, openStand, print, rawPerSecond } from "./stand.ts";

const LAUNCHES = 200;
const ROUNDS = Number(process.argv[2] ?? 3);

const stand = await openStand({ url: process.env["SLIPWAY_DATABASE_URL"] });
try {
  const lone = await launchAll(stand.store, "first", 1);
  print(`${stand.database}: the first launch of all, a chain of three: ${lone.toFixed(0)} ms`);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const raw = await rawPerSecond(stand.store);
    const began = process.cpuUsage();
    const ms = await launchAll(stand.store, `round${round}`, LAUNCHES);
    const { user, system } = process.cpuUsage(began);
    const perSecond = (LAUNCHES * 1_000) / ms;
    const alone = await launchAll(stand.store, `lone${round}`, 1);
    print(
      `round ${round}: ${perSecond.toFixed(0)} launches/s of 3 instances each, ${((user + system) / 1_000 / LAUNCHES).toFixed(1)} ms of this process each; ` +
        `${raw.toFixed(0)} transactions/s of 3 statements, so one launch costs as much as ${(raw / perSecond).toFixed(1)} of them; one alone ${alone.toFixed(0)} ms`,
    );
  }
} finally {
  await stand.close();
}
process.exit();
