// Two hundred deployments of fifty instances, as a year of launches leaves them. They are written into the database before the server starts:
// launching them would take longer than all that is tried on them.

import { join } from "node:path";
import { deploymentId } from "../../src/core/ids.ts";
import { sampleChanges, sampleDeployment, sampleNewDeployment } from "../../src/ports/store.samples.ts";
import { openPglite } from "../../src/store/open.ts";
import { preparedFolder } from "../../src/store/pglite.samples.ts";

const DEPLOYMENTS = 200;
/** A transaction has its limit also on a machine that is busy with other things. */
const AT_ONCE = 20;
const { blueprint } = sampleDeployment();
const FLEET = {
  ...blueprint,
  name: "fleet",
  instances: Array.from({ length: 50 }, (_, place) =>
    blueprint.instances.slice(0, 1).map((one) => ({ ...one, name: `app-${place + 1}`, dependsOn: [] })),
  ).flat(),
};

/** Makes `home` one of a server that has seen fleet-001 to fleet-200 fail in the default pool, the last one a second ago. */
export async function leaveFleet(home: string): Promise<void> {
  const dataDir = join(home, "data");
  await preparedFolder(dataDir);
  const store = await openPglite({ dataDir });
  const now = await store.read((tx) => tx.now());
  const rows = Array.from({ length: DEPLOYMENTS }, (_, place) => {
    const no = String(place + 1).padStart(3, "0");
    const at = now - (DEPLOYMENTS - place) * 1_000;
    const id = deploymentId(`fleet${no}`);
    return sampleDeployment({ id, name: `fleet-${no}`, blueprint: FLEET, since: at, createdAt: at, wakeAt: at });
  });
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE);
    await store.write(async (tx) => {
      for (const row of some) await tx.insertDeployment(sampleNewDeployment(row));
      await tx.apply(some.map((row) => sampleChanges({ ...row, state: "pending" })));
      await tx.apply(
        some.map((row) =>
          sampleChanges({
            ...row,
            state: "failed",
            endedAt: row.createdAt,
            failure: "no account is left",
            wakeAt: null,
          }),
        ),
      );
    });
  }
  await store.close();
}
