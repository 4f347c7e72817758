// What an account's check tries beside its password: whether this user may make machines. The engine looks at permissions before it looks
// at what is asked for, and a name with blanks is no name: nothing is made, whatever it answers. Once a session.

import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { createVm } from "./engine.ts";
import { faultOf } from "./faults.ts";
import { BLANK } from "./images.ts";
import { dataCenter } from "./realms.ts";

const NO_NAME = "slipway check";

/** Throws a fault of the account where no cluster of it lets this user make machines. */
export async function tryPermission(desk: Desk, signal: AbortSignal): Promise<void> {
  if (desk.mayCreate) return;
  const { clusters } = await dataCenter(desk, signal);
  const refused: string[] = [];
  for (const { id, name } of clusters) {
    const text = await refusal(desk, id, signal);
    if (text !== null) refused.push(`${name}: ${text}`);
  }
  if (refused.length > 0 && refused.length === clusters.length) {
    const { user } = desk.settings;
    throw faultOf(
      "auth",
      "may_not_create",
      `${user} may not make machines in any cluster of the account: ${refused.join("; ")}`,
    );
  }
  desk.mayCreate = true;
}

async function refusal({ session }: Desk, cluster: string, signal: AbortSignal): Promise<string | null> {
  const vm = { name: NO_NAME, cluster: { id: cluster }, template: { id: BLANK } };
  try {
    await createVm(session, { vm, correlation: "slipway-check", isCloned: false }, signal);
    return null;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class === "transient" || error.fault.class === "throttle") throw error;
    return error.fault.class === "auth" ? error.fault.text : null;
  }
}
