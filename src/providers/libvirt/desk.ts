// What one account's calls share. Machines are acted upon over a connection of their own: a daemon serves a client only a few calls at once,
// and starts that take long may not keep looks waiting.

import { beforehand } from "../../cloud-http/faults.ts";
import type { Settings } from "./account.ts";
import { readHost } from "./calls.ts";
import type { Host } from "./domain-xml.ts";
import { faultOf } from "./faults.ts";
import type { Session } from "./session.ts";

export const REALM = "host";

/** libvirt's own, where neither the blueprint nor the account names one. */
export const USUAL_NETWORK = "default";

export interface Desk {
  readonly settings: Settings;
  /** For what only looks. */
  readonly sights: Session;
  /** For what changes something. */
  readonly acts: Session;
  /** Null: not asked yet. */
  host: Host | null;
}

/** Throws a fault of the account where the host cannot run machines. */
export async function hostOf(desk: Desk, signal: AbortSignal): Promise<Host> {
  if (desk.host !== null) return desk.host;
  const host = await beforehand(readHost(desk.sights, signal));
  if (host === null) {
    throw faultOf(
      "wrong_here",
      "no_emulator",
      "the host has no emulator for its own kind of processor: install QEMU there",
    );
  }
  desk.host = host;
  return host;
}
