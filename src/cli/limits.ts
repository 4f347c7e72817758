// The options for limits of accounts and pools.

import type { Command } from "commander";
import { LIMIT_MOST, type Limit } from "../contract/terms.ts";
import { badInput } from "./complaint.ts";
import { memory, money } from "./print.ts";

/** No null for what is not limited: commander takes null from a parser for an option without a value, and makes it empty text. */
type Given = number | "none";

export interface LimitOptions {
  readonly limitInstances?: Given;
  readonly limitCpu?: Given;
  readonly limitMemoryMib?: Given;
  readonly limitHourly?: Given;
}

const orNone =
  (option: string) =>
  (given: string): Given => {
    if (given === "none") return given;
    if (/^\d+(\.\d+)?$/.test(given) && Number(given) <= LIMIT_MOST) return Number(given);
    throw badInput(`${option} ${given}: must be a number from 0 to ${LIMIT_MOST}, or "none"`);
  };

const limitFrom = (given: Given | undefined, kept: number | null): number | null =>
  given === undefined ? kept : given === "none" ? null : given;

export function addLimitOptions(command: Command): Command {
  return command
    .option("--limit-instances <n>", "instances at most; none: not limited", orNone("--limit-instances"))
    .option("--limit-cpu <n>", "cpus at most", orNone("--limit-cpu"))
    .option("--limit-memory-mib <n>", "memory at most, in MiB", orNone("--limit-memory-mib"))
    .option("--limit-hourly <dollars>", "dollars per hour at most", orNone("--limit-hourly"));
}

/** The whole limit with what was given in it; undefined when nothing was. */
export function limitOf(given: LimitOptions, before: Limit | null): Limit | undefined {
  const { limitInstances, limitCpu, limitMemoryMib, limitHourly } = given;
  const all = [limitInstances, limitCpu, limitMemoryMib, limitHourly];
  if (all.every((one) => one === undefined)) return undefined;
  const kept = before ?? { instances: null, cpu: null, memoryMib: null, hourlyCost: null };
  return {
    instances: limitFrom(limitInstances, kept.instances),
    cpu: limitFrom(limitCpu, kept.cpu),
    memoryMib: limitFrom(limitMemoryMib, kept.memoryMib),
    hourlyCost: limitFrom(limitHourly, kept.hourlyCost),
  };
}

export function limitText({ instances, cpu, memoryMib, hourlyCost }: Limit): string {
  const parts = [
    instances === null ? null : `${instances} ${instances === 1 ? "instance" : "instances"}`,
    cpu === null ? null : `${cpu} cpu`,
    memoryMib === null ? null : memory(memoryMib),
    hourlyCost === null ? null : `${money(hourlyCost)} per hour`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "-" : parts.join(", ");
}
