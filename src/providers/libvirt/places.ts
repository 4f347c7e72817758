// The networks that machines are in.

import type { Where } from "../../core/blueprint/model.ts";
import { isNetworkActive } from "./calls.ts";
import type { Session } from "./session.ts";

/** Which of these a machine cannot join, in words; null: it can join them all. */
export async function networksLacking(
  session: Session,
  networks: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const wrong: string[] = [];
  for (const name of networks) {
    const isActive = await isNetworkActive(session, name, signal);
    if (isActive === null) wrong.push(`there is no network ${name}`);
    else if (!isActive) wrong.push(`the network ${name} is not active (virsh net-start ${name})`);
  }
  return wrong.length === 0 ? null : wrong.join("; ");
}

export async function lacks(session: Session, { networks = [] }: Where, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  return networksLacking(session, networks, signal);
}
