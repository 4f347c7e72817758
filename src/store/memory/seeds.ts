// What a fresh installation holds: the same as the migrations.

import { UNLIMITED } from "../../core/market/amount.ts";
import { RETENTION } from "../../core/people/retention.ts";
import type { HardwareProfile } from "../../core/blueprint/model.ts";
import { CLOCK_KEY, type Tables } from "./rows.ts";

const PROFILES: readonly Pick<HardwareProfile, "name" | "cpu" | "memoryMib" | "storageGib">[] = [
  { name: "small", cpu: 1, memoryMib: 2048, storageGib: 10 },
  { name: "medium", cpu: 2, memoryMib: 4096, storageGib: 20 },
  { name: "large", cpu: 4, memoryMib: 8192, storageGib: 40 },
  { name: "xlarge", cpu: 8, memoryMib: 16_384, storageGib: 80 },
];

export function seed(tables: Tables, { installation, now }: { installation: string; now: number }): void {
  for (const profile of PROFILES) {
    tables.profiles.set(profile.name, { ...profile, architecture: "x86_64", accelerators: 0, acceleratorKind: null });
  }
  const limit = UNLIMITED;
  tables.pools.set("default", {
    name: "default",
    enabled: true,
    members: [],
    limit,
    userLimit: limit,
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention: RETENTION,
  });
  tables.settings.set("installation", installation);
  const unmoved = { offsetMs: 0, steps: 0, steppedAt: null, steppedByMs: null };
  tables.clock.set(CLOCK_KEY, { ...unmoved, seenAt: now });
  tables.clockTold.set(CLOCK_KEY, { offsetMs: 0 });
}
