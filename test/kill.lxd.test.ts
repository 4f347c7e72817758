// Slipway and LXD are killed at moments of a launch (test/stage/kill-rounds.ts), on the two real servers of scripts/ci/with-lxd.sh.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountAt, ask, instancesOf, labCloud, freshCloud } from "../src/providers/lxd/lab.testsuite.ts";
import { killSuite } from "./stage/kill-rounds.ts";
import { until } from "./stage/poll.ts";

const clouds = [labCloud("east"), labCloud("west")];
const [east, west] = [labCloud("east"), labCloud("west")];

const pidOf = (): number => Number(readFileSync(east.pidFile, "utf8"));

async function revive(): Promise<void> {
  rmSync(east.holdFile, { force: true });
  const isUp = async (): Promise<true | null> =>
    ask(east, { method: "GET", path: "/1.0" }).then(
      () => true,
      () => null,
    );
  await until(isUp, { deadlineMs: 60_000, otherwise: () => "LXD does not come back", everyMs: 50 });
}

killSuite({
  title: "LXD",
  provider: "lxd",
  accounts: { east: accountAt(east), west: accountAt(west) },
  images: { small: "busybox" },
  source: `
slipway: 1
name: pair
instances:
  one: { image: small, profile: &each { cpu: 1, memory: 64MiB }, ready: { tcp: 80 } }
  two: { image: small, profile: *each, dependsOn: [one] }
`,
  async empty() {
    await revive();
    for (const cloud of clouds) await freshCloud(cloud);
  },
  async kill() {
    writeFileSync(east.holdFile, "");
    const pid = pidOf();
    process.kill(pid, "SIGKILL");
    await until(async () => (existsSync(`/proc/${pid}`) ? null : true), { everyMs: 10 });
  },
  revive,
  machines: async () =>
    (await Promise.all(clouds.map(instancesOf)))
      .flat()
      .map(({ name }) => name)
      .toSorted(),
  parts: async () =>
    clouds.flatMap(({ poolFolder, project }) =>
      readdirSync(join(poolFolder, "containers")).map((name) => name.replace(`${project}_`, "")),
    ),
  async leaveBehind({ installation, name }) {
    const config = {
      "user.slipway-installation": installation,
      "user.slipway-deployment": "lostlost0000",
      "user.slipway-instance": "one",
      "user.slipway-attempt": "1",
      "user.slipway-machine": name,
    };
    const body = { name, source: { type: "image", alias: "busybox" }, config };
    await ask(east, { method: "POST", path: `/1.0/instances?project=${east.project}`, body });
    // Its create was cut off before its disk was there.
    rmSync(join(east.poolFolder, "containers", `${east.project}_${name}`), { recursive: true, force: true });
  },
});
