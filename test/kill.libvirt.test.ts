// Slipway and libvirt's daemon are killed at moments of a launch (test/stage/kill-rounds.ts), on the two real daemons of scripts/ci/with-libvirt.sh.

import {
  domainsAt,
  emulatorsAt,
  freshCloud,
  keepUp,
  killDaemon,
  LAB,
  LAB_CLOUDS,
  partsAt,
  settingsOf,
  virsh,
} from "../src/providers/libvirt/lab.testsuite.ts";
import { volumeName } from "../src/providers/libvirt/names.ts";
import { killSuite } from "./stage/kill-rounds.ts";

const at = async (look: (cloud: "east" | "west") => Promise<readonly string[]>): Promise<readonly string[]> =>
  (await Promise.all(LAB_CLOUDS.map(look))).flat().toSorted();

killSuite({
  title: "libvirt",
  provider: "libvirt",
  accounts: { east: { settings: settingsOf("east") }, west: { settings: settingsOf("west") } },
  images: { small: LAB.image },
  source: `
slipway: 1
name: pair
instances:
  one: { image: small, profile: &each { cpu: 1, memory: 96MiB } }
  two: { image: small, profile: *each, dependsOn: [one] }
`,
  async empty() {
    for (const cloud of LAB_CLOUDS) await freshCloud(cloud);
  },
  kill: () => killDaemon("east"),
  revive: () => keepUp("east"),
  machines: () => at(domainsAt),
  parts: () => at(async (cloud) => [...(await partsAt(cloud)), ...emulatorsAt(cloud)]),
  async leaveBehind({ installation, name }) {
    const owned = { owner: installation, name };
    const overlay = ["--format", "qcow2", "--backing-vol", LAB.image, "--backing-vol-format", "qcow2"];
    await virsh("east", "vol-create-as", LAB.pool, volumeName(owned, "disk"), "24M", ...overlay);
    await virsh("east", "vol-create-as", LAB.pool, volumeName(owned, "seed"), "64K");
  },
});
