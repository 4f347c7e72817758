// What one launch of a chain of three costs one process and its PostgreSQL: statements, transactions, writes of the deployment's row, bytes
// of log, processor time; and how many a second come up, beside the bare transactions of the same run and, where it is installed, beside
// graphile-worker in its natural form, which takes turns with it.
//
//   node bench/throughput.ts [--launches 200] [--rounds 3] [--table 0] [--peers FOLDER]
//
// --table 25 also shows the statements that took most. FOLDER is one in which `npm i graphile-worker@0.17` was run.

import { startCluster } from "../test/crash/cluster.ts";
import { loadText, option } from "./crew.ts";
import { openGraphile } from "./graphile.ts";
import { costLine, costTable, COUNTING, openMeter } from "./meter.ts";
import { launchAll, openStand, print, rawPerSecond } from "./stand.ts";

const LAUNCHES = option("launches", 200);
const ROUNDS = option("rounds", 3);
const TABLE = process.argv.includes("--table") ? option("table", 25) : 0;
const peersAt = process.argv.indexOf("--peers");
const FOLDER = peersAt < 0 ? null : (process.argv[peersAt + 1] ?? null);

const cluster = await startCluster({ settings: COUNTING });
try {
  const [ours, theirs] = [await cluster.freshDatabase("slipway"), await cluster.freshDatabase("graphile")];
  const stand = await openStand({ url: ours });
  const peer = FOLDER === null ? null : await openGraphile(FOLDER, theirs, 3);
  if (FOLDER !== null && peer === null) print(`no graphile-worker in ${FOLDER}`);
  await using meter = await openMeter(ours);
  await using peerMeter = await openMeter(theirs);
  await launchAll(stand.store, "warm", LAUNCHES);
  await peer?.launchAll(LAUNCHES);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const raw = await rawPerSecond(stand.store);
    const cost = await meter.measure(() => launchAll(stand.store, `round${round}`, LAUNCHES));
    const perSecond = (LAUNCHES * 1_000) / cost.tookMs;
    print(
      `round ${round}: ${perSecond.toFixed(0)} launches/s, each of ${(raw / perSecond).toFixed(1)} bare transactions; ${costLine(cost, LAUNCHES)}; ${loadText()}`,
    );
    if (TABLE > 0) print(costTable(cost, LAUNCHES, TABLE));
    if (peer === null) continue;
    const theirCost = await peerMeter.measure(() => peer.launchAll(LAUNCHES));
    const theirPerSecond = (LAUNCHES * 1_000) / theirCost.tookMs;
    print(
      `  graphile-worker: ${theirPerSecond.toFixed(0)} launches/s, so ours are ${(perSecond / theirPerSecond).toFixed(2)} times as many; ${costLine(theirCost, LAUNCHES)}`,
    );
  }
  await peer?.close();
  await stand.close();
} finally {
  await cluster.dispose();
}
process.exit();
