// The truth about what lived when, whatever the callers were told. Append-only, in order of time.

import type { PartKind } from "./tenant-api.ts";

export interface BillingEntry {
  readonly at: number;
  readonly cloud: string;
  readonly tenant: string;
  readonly machineId: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: "born" | "running" | "stopped" | "gone";
  readonly realm: string;
  readonly size: string;
  /** Dollars. */
  readonly hourlyPrice: number;
}

/** The same for parts of machines, in a log of their own. */
export interface PartEntry {
  readonly at: number;
  readonly cloud: string;
  readonly tenant: string;
  readonly partId: string;
  readonly part: PartKind;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: "born" | "gone";
  readonly realm: string;
  /** Dollars. */
  readonly hourlyPrice: number;
}

/** A machine's existence: `from` ≤ t < `to`; `to` null while it lives. */
export interface Life {
  readonly from: number;
  readonly to: number | null;
  readonly cloud: string;
  readonly tenant: string;
  readonly machineId: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Billing {
  entries(): readonly BillingEntry[];
  intervals(): readonly Life[];
  aliveAt(at: number): readonly Life[];
  aliveNow(): readonly Life[];
  partEntries(): readonly PartEntry[];
  /** The births of those that exist. */
  partsAliveNow(): readonly PartEntry[];
  /** Dollars from birth to end, the time in which a machine was stopped left out; parts cost whatever their machine does. */
  costUntil(at: number, tenant: string): number;
}

export interface Ledger {
  append(entry: BillingEntry): void;
  appendPart(entry: PartEntry): void;
  /** Reads the log once everything that is due has happened. */
  billing(settle: () => void): Billing;
}

export interface BillingWatch {
  /** Called with every entry as it is written. */
  readonly onBilling?: ((entry: BillingEntry) => void) | undefined;
  readonly onPartBilling?: ((entry: PartEntry) => void) | undefined;
}

export function createLedger({ onBilling = () => {}, onPartBilling = () => {} }: BillingWatch): Ledger {
  const log: BillingEntry[] = [];
  const parts: PartEntry[] = [];
  const partsAlive = new Map<string, PartEntry>();

  const lives = new Map<string, Life>();
  const intervals = (): Life[] => [...lives.values()];

  return {
    append(entry) {
      const { at, kind, cloud, tenant, machineId, name, labels } = entry;
      log.push(entry);
      if (kind === "born") lives.set(machineId, { from: at, to: null, cloud, tenant, machineId, name, labels });
      const life = lives.get(machineId);
      if (kind === "gone" && life !== undefined) lives.set(machineId, { ...life, to: at });
      onBilling(entry);
    },
    appendPart(entry) {
      parts.push(entry);
      if (entry.kind === "born") partsAlive.set(entry.partId, entry);
      else partsAlive.delete(entry.partId);
      onPartBilling(entry);
    },
    billing(settle) {
      const settled = <T>(read: () => T): T => {
        settle();
        return read();
      };
      return {
        entries: () => settled(() => [...log]),
        intervals: () => settled(intervals),
        aliveAt: (at) => settled(intervals).filter((life) => life.from <= at && (life.to === null || at < life.to)),
        aliveNow: () => settled(intervals).filter((life) => life.to === null),
        partEntries: () => settled(() => [...parts]),
        partsAliveNow: () => settled(() => [...partsAlive.values()]),
        costUntil: (at, tenant) => settled(() => costOf(log, tenant, at) + costOfParts(parts, tenant, at)),
      };
    },
  };
}

function costOf(log: readonly BillingEntry[], tenant: string, until: number): number {
  const charged = new Map<string, BillingEntry>();
  let dollars = 0;
  const charge = (entry: BillingEntry, to: number): void => {
    dollars += (entry.hourlyPrice * Math.max(0, to - entry.at)) / 3_600_000;
  };
  for (const entry of log) {
    if (entry.tenant !== tenant || entry.at > until) continue;
    const before = charged.get(entry.machineId);
    if (before !== undefined) charge(before, entry.at);
    if (entry.kind === "born" || entry.kind === "running") charged.set(entry.machineId, entry);
    else charged.delete(entry.machineId);
  }
  for (const entry of charged.values()) charge(entry, until);
  return dollars;
}

function costOfParts(log: readonly PartEntry[], tenant: string, until: number): number {
  const hours = (from: number): number => Math.max(0, until - from) / 3_600_000;
  return log
    .filter((entry) => entry.tenant === tenant)
    .reduce((sum, { kind, at, hourlyPrice }) => sum + (kind === "born" ? 1 : -1) * hourlyPrice * hours(at), 0);
}
