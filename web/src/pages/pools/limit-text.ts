import type { Pool } from "../../../../src/contract/account.ts";
import { moneyText } from "../../components/money.tsx";

/** "at most 1 machine, 2.5 GiB"; "no limit". */
export function limitText({ instances, cpu, memoryMib, hourlyCost }: Pool["limit"]): string {
  const parts = [
    instances === null ? null : instances === 1 ? "1 machine" : `${instances} machines`,
    cpu === null ? null : `${cpu} cpu`,
    memoryMib === null ? null : `${Math.round(memoryMib / 102.4) / 10} GiB`,
    hourlyCost === null ? null : `${moneyText(hourlyCost)} per hour`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "no limit" : `at most ${parts.join(", ")}`;
}
