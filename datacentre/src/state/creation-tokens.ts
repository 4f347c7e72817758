// Which request a token was first used for, and what it made.

import { CloudError } from "../cloud-api.ts";
import type { CompleteCloud } from "../settings.ts";
import { isKnown, type MachineRecord } from "./machine-record.ts";

export interface CreationTokens {
  /** What the token made; null: it means nothing (any more). Throws `token_mismatch` or `token_spent`. */
  find(use: TokenUse, now: number): readonly MachineRecord[] | null;
  remember(use: TokenUse, machines: readonly MachineRecord[], now: number): void;
}

interface TokenUse {
  readonly tenant: string;
  readonly realm: string;
  readonly token: string;
  /** The same for requests that ask for the same. */
  readonly body: string;
}

interface Memory {
  readonly body: string;
  readonly machines: readonly MachineRecord[];
  readonly usedAt: number;
}

/** With fewer than this, nobody looks for what may be forgotten. */
const SWEEP_FROM = 1000;

export function createCreationTokens(settings: CompleteCloud): CreationTokens {
  const { tokens, tokenLifeMs, tokenKeptMs, lingerMs, spentTokens } = settings;
  const memories = new Map<string, Memory>();
  let sweepAt = SWEEP_FROM;
  const keyOf = ({ tenant, realm, token }: TokenUse): string =>
    JSON.stringify(tokens === "realm" ? [tenant, token, realm] : [tenant, token]);
  const isAlive = (machine: MachineRecord, now: number): boolean => machine.goneAt === null || now < machine.goneAt;
  const holds = (machine: MachineRecord, now: number): boolean =>
    tokenKeptMs === null
      ? isKnown(machine, now, lingerMs)
      : now < (machine.goneAt ?? now) + tokenKeptMs || isAlive(machine, now);
  const isForgotten = ({ machines, usedAt }: Memory, now: number): boolean =>
    (tokenLifeMs !== null && now >= usedAt + tokenLifeMs) || !machines.some((machine) => holds(machine, now));
  return {
    find(use, now) {
      const memory = memories.get(keyOf(use));
      if (tokens === "off" || memory === undefined || isForgotten(memory, now)) return null;
      if (memory.body !== use.body) {
        throw new CloudError("token_mismatch", `The token ${use.token} belongs to another request`);
      }
      if (spentTokens === "refuse" && !memory.machines.some((machine) => isAlive(machine, now))) {
        throw new CloudError("token_spent", `What the token ${use.token} made is gone`);
      }
      return memory.machines;
    },
    remember(use, machines, now) {
      if (tokens === "off") return;
      memories.set(keyOf(use), { body: use.body, machines, usedAt: now });
      if (memories.size < sweepAt) return;
      for (const [key, memory] of memories) if (isForgotten(memory, now)) memories.delete(key);
      sweepAt = Math.max(SWEEP_FROM, 2 * memories.size);
    },
  };
}
