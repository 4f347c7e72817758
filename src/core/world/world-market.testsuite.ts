// The market of the small world for tests: its accounts as one pool, with what its placements hold.

import { samplePool } from "../../ports/store.samples.ts";
import { UNLIMITED } from "../market/amount.ts";
import { heldBy, isHeld, type Market } from "../market/market.ts";
import type { World } from "./world.testsuite.ts";

export function marketOf(world: World): Market {
  const members = world.accounts.map(({ member }) => member);
  const accounts = world.accounts.map(({ account, ...row }) => ({
    ...row,
    account: world.suspended.has(account.id) ? { ...account, health: "suspended" as const } : account,
    held: world.held(account.id),
  }));
  const poolHeld = heldBy(world.placements.filter(isHeld));
  const { createdBy: name, createdAt: since } = world.deployment;
  const { limit, userLimit, eachLimit } = world;
  const isLimited = userLimit !== null || eachLimit !== UNLIMITED;
  const own = { since, limit: userLimit ?? UNLIMITED, held: poolHeld, heldHere: poolHeld };
  const limited = isLimited ? [own] : [];
  const users = limited.flatMap((one) => [
    { ...one, name: `not ${name}` },
    { ...one, name },
  ]);
  const pool = samplePool({ members, limit, userLimit: eachLimit });
  return { pool, poolHeld, users, accounts, blocks: world.blocks };
}
