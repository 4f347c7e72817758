// The options for limits of accounts, pools and users.

import type { Command } from "commander";
import { FAMILY, LIMIT_MOST, type Limit, type NearQuota } from "../contract/terms.ts";
import { badInput } from "./complaint.ts";
import { memory, money } from "./print.ts";

/** No null for what is not limited: commander takes null from a parser for an option without a value, and makes it empty text. */
type Given = number | "none";

/** Of one set of options, whatever begins their names. */
interface Limits {
  readonly instances?: Given | undefined;
  readonly cpu?: Given | undefined;
  readonly memoryMib?: Given | undefined;
  readonly storageGib?: Given | undefined;
  readonly accelerators?: Given | undefined;
  readonly deployments?: Given | undefined;
  readonly hourlyCost?: Given | undefined;
  readonly families?: Families | undefined;
}

type Families = readonly (readonly [string, Given])[];

export interface LimitOptions {
  readonly limitInstances?: Given;
  readonly limitCpu?: Given;
  readonly limitMemoryMib?: Given;
  readonly limitStorageGib?: Given;
  readonly limitAccelerators?: Given;
  readonly limitDeployments?: Given;
  readonly limitHourly?: Given;
  readonly limitFamily?: Families;
}

/** Of each user of a pool. */
export interface UserLimitOptions {
  readonly userLimitInstances?: Given;
  readonly userLimitCpu?: Given;
  readonly userLimitMemoryMib?: Given;
  readonly userLimitStorageGib?: Given;
  readonly userLimitAccelerators?: Given;
  readonly userLimitDeployments?: Given;
  readonly userLimitHourly?: Given;
  readonly userLimitFamily?: Families;
}

const orNone =
  (option: string, { isWhole }: Counted) =>
  (given: string): Given => {
    if (given === "none") return given;
    const form = isWhole ? /^\d+$/ : /^\d+(\.\d+)?$/;
    if (form.test(given) && Number(given) <= LIMIT_MOST) return Number(given);
    throw badInput(`${option} ${given}: must be a ${isWhole ? "whole " : ""}number from 0 to ${LIMIT_MOST}, or "none"`);
  };

/** Whether there are no parts of one. */
interface Counted {
  readonly isWhole: boolean;
}

const WHOLE: ReadonlySet<string> = new Set(["instances", "accelerators", "deployments"]);

const limitFrom = (given: Given | undefined, kept: number | null): number | null =>
  given === undefined ? kept : given === "none" ? null : given;

export const MAX_HOURLY_OPTION = [
  "--max-hourly <dollars>",
  "dollars per hour that all of it may cost at the most; what has no known price is not taken then",
  (given: string): number => {
    const value = Number(given);
    if (/^\d+(\.\d+)?$/.test(given) && value > 0 && value <= LIMIT_MOST) return value;
    throw badInput(`--max-hourly ${given}: must be a number above 0, at most ${LIMIT_MOST}`);
  },
] as const;

export function addLimitOptions(command: Command): Command {
  return addOptions(command, { of: "limit", who: "" });
}

export function addUserLimitOptions(command: Command): Command {
  return addOptions(command, { of: "user-limit", who: " for each user" });
}

function addOptions(command: Command, { of, who }: { readonly of: string; readonly who: string }): Command {
  const option = (what: string, value: string, text: string): void => {
    command.option(`--${of}-${what} <${value}>`, text, orNone(`--${of}-${what}`, { isWhole: WHOLE.has(what) }));
  };
  option("instances", "n", `instances at most${who}; none: not limited`);
  option("cpu", "n", `cpus at most${who}`);
  option("memory-mib", "n", `memory at most${who}, in MiB`);
  option("storage-gib", "n", `storage at most${who}, in GiB`);
  option("accelerators", "n", `accelerators of any kind at most${who}`);
  option("deployments", "n", `deployments that hold something at most${who}`);
  option("hourly", "dollars", `dollars per hour at most${who}`);
  const family = `--${of}-family`;
  return command.option(
    `${family} <name=n>`,
    `of a family at most${who}: accelerators/KIND, or as a cloud counts, like cpu/standard (may come several times)`,
    (given: string, before: Families | undefined) => familiesOf(family, given, before),
  );
}

function familiesOf(option: string, given: string, before: Families = []): Families {
  const [name = "", most, ...more] = given.split("=");
  if (!FAMILY.test(name) || most === undefined || most === "" || more.length > 0) {
    throw badInput(`${option} ${given}: must be NAME=N, such as accelerators/h100=8`);
  }
  const isWhole = name.startsWith("accelerators/");
  return [...before, [name, orNone(`${option} ${name}`, { isWhole })(most)]];
}

const NONE: Limit = {
  instances: null,
  cpu: null,
  memoryMib: null,
  storageGib: null,
  accelerators: null,
  deployments: null,
  hourlyCost: null,
  families: {},
};

/** The whole limit with what was given in it; undefined when nothing was. */
export function limitOf(given: LimitOptions, before: Limit | null): Limit | undefined {
  return changedLimit(
    {
      instances: given.limitInstances,
      cpu: given.limitCpu,
      memoryMib: given.limitMemoryMib,
      storageGib: given.limitStorageGib,
      accelerators: given.limitAccelerators,
      deployments: given.limitDeployments,
      hourlyCost: given.limitHourly,
      families: given.limitFamily,
    },
    before,
  );
}

/** Likewise of each user of a pool. */
export function userLimitOf(given: UserLimitOptions, before: Limit | null): Limit | undefined {
  return changedLimit(
    {
      instances: given.userLimitInstances,
      cpu: given.userLimitCpu,
      memoryMib: given.userLimitMemoryMib,
      storageGib: given.userLimitStorageGib,
      accelerators: given.userLimitAccelerators,
      deployments: given.userLimitDeployments,
      hourlyCost: given.userLimitHourly,
      families: given.userLimitFamily,
    },
    before,
  );
}

function changedLimit(given: Limits, before: Limit | null): Limit | undefined {
  if (Object.values(given).every((one) => one === undefined)) return undefined;
  const kept = before ?? NONE;
  const families = new Map<string, number | null>(Object.entries(kept.families));
  for (const [name, most] of given.families ?? []) families.set(name, most === "none" ? null : most);
  return {
    instances: limitFrom(given.instances, kept.instances),
    cpu: limitFrom(given.cpu, kept.cpu),
    memoryMib: limitFrom(given.memoryMib, kept.memoryMib),
    storageGib: limitFrom(given.storageGib, kept.storageGib),
    accelerators: limitFrom(given.accelerators, kept.accelerators),
    deployments: limitFrom(given.deployments, kept.deployments),
    hourlyCost: limitFrom(given.hourlyCost, kept.hourlyCost),
    families: Object.fromEntries([...families].flatMap(([name, most]) => (most === null ? [] : [[name, most]]))),
  };
}

/** By the names of limits, as in "3 instances". */
function amountText(name: string, amount: number): string {
  const of = (word: string): string => `${amount} ${amount === 1 ? word : `${word}s`}`;
  switch (name) {
    case "instances":
    case "accelerators":
    case "deployments":
      return of(name.slice(0, -1));
    case "memoryMib":
      return memory(amount);
    case "storageGib":
      return `${amount} GiB of storage`;
    case "hourlyCost":
      return `${money(amount)} per hour`;
    default:
      return `${amount} ${name}`;
  }
}

export function limitText({ families, ...own }: Limit): string {
  const parts = [...Object.entries(own), ...Object.entries(families)].flatMap(([name, most]) =>
    most === null ? [] : [amountText(name, most)],
  );
  return parts.length === 0 ? "-" : parts.join(", ");
}

/** What is near its limit: "9 of 10 instances". */
export function nearText(near: readonly NearQuota[]): string {
  return near.map(({ quota, used, most }) => `${usedText(quota, used)} of ${amountText(quota, most)}`).join(", ");
}

const usedText = (quota: string, used: number): string =>
  quota === "hourlyCost" ? money(used) : quota === "memoryMib" ? memory(used) : String(used);
