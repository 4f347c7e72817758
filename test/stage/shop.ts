// A shop of three tiers, launched in a pool whose accounts are tried in their order, and stopped.

import { z } from "zod";
import type { ServerStage } from "./server.ts";

/** Three tiers of machines, as a blueprint; `profile` is that of each. */
export const shopOf = (profile: string): string => `
slipway: 1
name: shop
instances:
  db: { image: debian-12, profile: &each ${profile} }
  app: { image: debian-12, profile: *each, count: 2, dependsOn: [db] }
  web: { image: debian-12, profile: *each, dependsOn: [app] }
launch: { refusals: { sizes: 1 } }
`;

export async function stopWhole(server: ServerStage, id: string): Promise<void> {
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 120_000);
}

/** These accounts in this order. */
export async function addPool(server: ServerStage, name: string, accounts: readonly string[]): Promise<string> {
  const members = accounts.map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "POST /v1/pools", { name, members });
  return name;
}
