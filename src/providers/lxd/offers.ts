// What an account can have: the sizes that it lists, or machines cut to measure, as large as the server. LXD gives processors in whole ones.

import { inSteps, type Offer } from "../../core/market/offer.ts";
import { priceOf } from "../../ports/price-list.ts";
import type { Size } from "./account.ts";
import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { readResources, readServer } from "./schema.ts";

/** An LXD server is one realm; members of a cluster are LXD's own choice. */
export const REALM = "default";

const CUT = "custom";
const MIB = 1024 * 1024;
const STEP = { cpu: 1, memoryMib: 1, storageGib: null } as const;

/** Dimension of the project's limit of disks, in GiB. */
export const DISK = "disk";

/** What blueprints call them. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([["aarch64", "arm64"]]);

/** More than any root disk has: how large one may be is a matter of the pool. */
const STORAGE_GIB_MOST = 65_536;

export async function readOffers({ session, settings }: Desk, signal: AbortSignal): Promise<readonly Offer[]> {
  const [{ environment }, { cpu, memory }] = await Promise.all([
    session.ask({ method: "GET", path: "", read: readServer }, signal),
    session.ask({ method: "GET", path: "/resources", read: readResources }, signal),
  ]);
  const told = environment?.kernel_architecture ?? "";
  const architecture = ARCHITECTURES.get(told) ?? told;
  const always = {
    realm: REALM,
    architecture,
    accelerators: 0,
    acceleratorKind: null,
    family: null,
    spot: false,
  } as const;
  const { sizes, prices } = settings;
  if (sizes === null) {
    const cut = {
      hourlyMicrosPerCpu: prices.byPart?.cpu ?? null,
      hourlyMicrosPerGib: prices.byPart?.gib ?? null,
      step: STEP,
      takesPer: { storageGib: { [DISK]: 1 } },
    };
    const most = { cpu: cpu.total, memoryMib: Math.floor(memory.total / MIB), storageGib: STORAGE_GIB_MOST };
    return [{ ...always, ...most, size: CUT, hourlyMicros: null, takes: {}, cut }];
  }
  return sizes.map(({ name, storageGib, ...measures }) => ({
    ...always,
    ...measures,
    size: name,
    storageGib: storageGib ?? STORAGE_GIB_MOST,
    hourlyMicros: priceOf(prices, { name, ...measures }),
    takes: storageGib === null ? {} : { [DISK]: storageGib },
    cut: null,
  }));
}

interface Asked {
  readonly size: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
}

/** What a machine gets. Throws a fault of this offer when the account does not list the size any more. */
export function measured({ settings }: Desk, { size, cpu, memoryMib, storageGib }: Asked): Omit<Size, "name"> {
  const { sizes } = settings;
  if (sizes === null) {
    return {
      cpu: inSteps(cpu, STEP.cpu),
      memoryMib: inSteps(memoryMib, STEP.memoryMib),
      storageGib: storageGib === 0 ? null : Math.ceil(storageGib),
    };
  }
  const listed = sizes.find(({ name }) => name === size);
  if (listed === undefined) throw faultOf("size", "size_missing", `the account lists no size ${size}`);
  return listed;
}
