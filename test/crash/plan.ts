// What is to happen in a batch of rounds, drawn from its seed: what is launched, what people ask for meanwhile, and which
// process is hit how. A round is one such hit under load. When exactly things fall together, the machine decides.

import type { Draws } from "../../sim/draws.ts";
import { drawsOf } from "../../sim/draws.ts";
import { CLAIM_MS } from "../../src/engine/leases.ts";

export type Database = "embedded" | "postgres";

const MEMBERS = { embedded: ["serve"], postgres: ["serve", "work-1", "work-2"] } as const;
export type MemberName = (typeof MEMBERS)["postgres"][number];

export type Episode =
  /** SIGKILL, and started again. */
  | { readonly kind: "kill"; readonly member: MemberName; readonly downMs: number }
  /** Killed, and killed once more while it starts. */
  | { readonly kind: "kill_twice"; readonly member: MemberName; readonly afterMs: number }
  | { readonly kind: "kill_all"; readonly downMs: number }
  /** SIGSTOP … SIGCONT; longer than its claims hold, it wakes late. */
  | { readonly kind: "pause"; readonly member: MemberName; readonly forMs: number }
  /** Killed while it is paused. */
  | { readonly kind: "pause_kill"; readonly member: MemberName; readonly forMs: number }
  /** SIGTERM, and started again. */
  | { readonly kind: "end"; readonly member: MemberName }
  /** The database server ends: `immediate` as if killed, `fast` cutting all connections. */
  | { readonly kind: "database"; readonly how: "immediate" | "fast"; readonly downMs: number }
  /** The database server stands still with all that it holds. */
  | { readonly kind: "database_pause"; readonly forMs: number };

/**
 * Those of an update wait until the deployment is up, and so does what kills: `strike` has a member's machine stop, err or vanish at
 * its cloud, whoever is asked for nothing.
 */
export type Wish = "cancel" | "stop" | "delete" | "retry" | UpdateWish | "cancel_update" | "repair" | "strike";

/** Another number of members, more of them or fewer, and another image of those that others need. */
export const UPDATE_WISHES = ["grow", "shrink", "change"] as const;
export type UpdateWish = (typeof UPDATE_WISHES)[number];

export interface Launch {
  readonly name: string;
  /** After the round began. */
  readonly inMs: number;
  readonly source: string;
  readonly partial: boolean;
  /** Asked one after the other, each so long after the one before (the first after the launch). */
  readonly wishes: readonly { readonly wish: Wish; readonly afterMs: number }[];
}

export interface Round {
  /** From its beginning to the episode. */
  readonly afterMs: number;
  readonly episode: Episode;
  readonly launches: readonly Launch[];
}

export function drawRounds(seed: string, of: { readonly count: number; readonly database: Database }): Round[] {
  const draws = drawsOf(seed);
  return draws.times(of.count, (index) => ({
    afterMs: draws.between(200, 4_000),
    episode: drawEpisode(draws, of.database),
    launches: draws.times(draws.between(1, 2), (nth) => drawLaunch(draws, `r${index + 1}-${nth + 1}`)),
  }));
}

function drawEpisode(draws: Draws, database: Database): Episode {
  const member = database === "embedded" ? "serve" : draws.pick(MEMBERS.postgres);
  const downMs = draws.chance(0.5) ? 0 : draws.between(0, 3_000);
  const shortMs = draws.between(100, 5_000);
  const kinds: readonly [Episode, ...Episode[]] = [
    { kind: "kill", member, downMs },
    { kind: "kill", member, downMs },
    { kind: "kill", member, downMs },
    { kind: "kill_twice", member, afterMs: draws.between(50, 2_500) },
    { kind: "pause", member, forMs: shortMs },
    { kind: "pause", member, forMs: CLAIM_MS + draws.between(500, 3_500) },
    { kind: "pause_kill", member, forMs: shortMs },
    { kind: "end", member },
  ];
  const shared: readonly [Episode, ...Episode[]] = [
    { kind: "database", how: "immediate", downMs },
    { kind: "database", how: draws.pick(["immediate", "fast"]), downMs },
    { kind: "database_pause", forMs: draws.chance(0.5) ? shortMs : draws.between(10_000, 20_000) },
    { kind: "kill_all", downMs },
  ];
  if (database === "postgres" && draws.chance(0.3)) return draws.pick(shared);
  return draws.pick(kinds);
}

function drawLaunch(draws: Draws, name: string): Launch {
  return {
    name,
    inMs: draws.between(0, 3_000),
    source: drawBlueprint(draws, name),
    partial: draws.chance(0.2),
    wishes: drawWishes(draws),
  };
}

function drawWishes(draws: Draws): Launch["wishes"] {
  const early = draws.between(0, 6_000);
  const late = draws.between(6_000, 30_000);
  const fate = draws.fraction();
  if (fate < 0.15) return [{ wish: "cancel", afterMs: early }];
  if (fate < 0.2) return [{ wish: "delete", afterMs: early }];
  if (fate < 0.25) return [{ wish: "retry", afterMs: late }];
  if (fate < 0.35) return [{ wish: "stop", afterMs: late }];
  if (fate < 0.45) return [{ wish: "delete", afterMs: late }];
  if (fate < 0.8) return drawUpdates(draws);
  if (fate < 0.9) return [{ wish: "strike", afterMs: early }, ...(draws.chance(0.4) ? drawUpdates(draws) : [])];
  return [];
}

/** One or two, each let come to its end, cancelled, or caught by a stop, a delete, a repair, or the death of a member. */
function drawUpdates(draws: Draws): Launch["wishes"] {
  return draws
    .times(draws.between(1, 2), () => {
      const meanwhile = { afterMs: draws.between(0, 4_000) };
      const ends = ["cancel_update", "cancel_update", "strike", "strike", "repair", "stop", "delete"] as const;
      const first = { wish: draws.pick(UPDATE_WISHES), afterMs: draws.between(0, 3_000) };
      const second = { wish: draws.pick(ends), ...meanwhile };
      return draws.chance(0.6) ? [first, second] : [first];
    })
    .flat();
}

/** Every cloud has them. */
export const IMAGES = ["postgres-16", "debian-12", "nginx-1"] as const;

const READY = ["provider", "{ tcp: 5432 }", "{ http: { port: 80, path: / } }"] as const;

function drawBlueprint(draws: Draws, name: string): string {
  const groups = draws.times(draws.between(1, 3), (index) => `g${index + 1}`);
  const lines = groups.map((group, index) => {
    const on = groups.slice(0, index).filter(() => draws.chance(0.5));
    const ready = draws.chance(0.7) ? READY[0] : draws.pick(READY);
    const count = draws.between(1, 2);
    const address = on.length > 0 && draws.chance(0.5) ? `, userData: "ON=\${{ ${on[0]}.privateAddress }}"` : "";
    const image = draws.pick(IMAGES);
    const repair = draws.chance(0.4) ? `, repair: { mode: replace, cascade: ${draws.chance(0.5)} }` : "";
    return `  ${group}: { image: ${image}, profile: small, count: ${count}, ready: ${ready}, dependsOn: [${on.join(", ")}]${address}${repair} }`;
  });
  const onRollbackFailure = draws.pick(["stop", "stop", "continue"]);
  const rollbackOrder = draws.pick(["parallel", "reverse"]);
  return [
    "slipway: 1",
    `name: ${name}`,
    "instances:",
    ...lines,
    "launch:",
    "  maxAttempts: 4",
    `  onRollbackFailure: ${onRollbackFailure}`,
    `  rollbackOrder: ${rollbackOrder}`,
    "  deadlines: { create: 45s, boot: 20s, start: 20s, ready: 20s, undo: 40s, launch: 4m }",
    "",
  ].join("\n");
}
