// The end of a machine and of all its parts, whichever of them are there. Nova takes with it the ports that it made itself.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { handleParts, hasVolume, readPartsId } from "./names.ts";
import { actOn, deleteServer, getServer } from "./nova.ts";
import { observe } from "./observe.ts";
import { mayHaveParts, ownedBy, ownedOf, partsOf, removeParts } from "./parts.ts";
import { serversOf } from "./sights.ts";

export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { session } = desk;
  const alone = readPartsId(machine.externalId);
  const mayHave = mayHaveParts(desk, machine);
  let owned = ownedOf(machine);
  let known = handleParts(machine.handle);
  if (alone === null && mayHave && (owned === null || hasVolume(machine.handle))) {
    // A restored database knows no handle: the server says whose it is, as long as it is there, and which volumes it has now.
    const server = await orNull(getServer(session, machine.externalId, signal));
    if (server !== null) {
      owned ??= ownedBy(server);
      const { handle } = observe(server, known);
      known = handle === null ? known : handleParts(handle);
    }
  }
  const ids = alone === null ? [machine.externalId] : (await serversOf(desk, alone, signal)).map(({ id }) => id);
  for (const id of ids) await end(desk, id, signal);
  if (!mayHave) return;
  const parts = await partsOf(desk, { name: machine.name, owned, known }, signal);
  await removeParts(desk, parts, signal);
}

async function end({ session }: Desk, id: string, signal: AbortSignal): Promise<void> {
  try {
    await orNull(deleteServer(session, id, signal));
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "conflict") throw error;
    const server = await orNull(getServer(session, id, signal));
    if (server === null) return;
    // Kept for a while by the cloud's own choice: it would hold its quota until then.
    if (server.status !== "SOFT_DELETED") throw error;
    await orNull(actOn(session, { id, action: "forceDelete" }, signal));
  }
}
