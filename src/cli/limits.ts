// The options for limits of accounts and pools.

import type { Command } from "commander";
import type { Limit } from "../contract/terms.ts";
import { badInput } from "./complaint.ts";
import { memory } from "./print.ts";

/** Null: no limit. */
export interface LimitOptions {
  readonly limitInstances?: number | null;
  readonly limitCpu?: number | null;
  readonly limitMemoryMib?: number | null;
}

const orNone =
  (option: string) =>
  (given: string): number | null => {
    if (given === "none") return null;
    if (/^\d+(\.\d+)?$/.test(given)) return Number(given);
    throw badInput(`${option} ${given}: must be a number, zero or more, or "none"`);
  };

export function addLimitOptions(command: Command): Command {
  return command
    .option("--limit-instances <n>", "instances at most; none: not limited", orNone("--limit-instances"))
    .option("--limit-cpu <n>", "cpus at most", orNone("--limit-cpu"))
    .option("--limit-memory-mib <n>", "memory at most, in MiB", orNone("--limit-memory-mib"));
}

/** The whole limit with what was given in it; undefined when nothing was. */
export function limitOf(given: LimitOptions, before: Limit | null): Limit | undefined {
  const { limitInstances, limitCpu, limitMemoryMib } = given;
  if (limitInstances === undefined && limitCpu === undefined && limitMemoryMib === undefined) return undefined;
  const kept = before ?? { instances: null, cpu: null, memoryMib: null };
  return {
    instances: limitInstances === undefined ? kept.instances : limitInstances,
    cpu: limitCpu === undefined ? kept.cpu : limitCpu,
    memoryMib: limitMemoryMib === undefined ? kept.memoryMib : limitMemoryMib,
  };
}

export function limitText({ instances, cpu, memoryMib }: Limit): string {
  const parts = [
    instances === null ? null : `${instances} instances`,
    cpu === null ? null : `${cpu} cpu`,
    memoryMib === null ? null : memory(memoryMib),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "-" : parts.join(", ");
}
