// The list of faults that a cloud is told to commit. Of each group (fault.ts) the first rule that applies is taken.

import type { Operation } from "../cloud-api.ts";
import { type CallFault, type FaultRule, isTurn, readFaultRule, type Turn } from "../fault.ts";
import type { PartKind } from "../tenant-api.ts";
import { type Random, randomOf } from "../random.ts";

/** What a rule can look at. */
export interface Subject {
  readonly operation: Operation;
  readonly name?: string;
  readonly part?: PartKind;
  readonly realm?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Misfortune {
  readonly call: CallFault | null;
  readonly turn: Turn | null;
}

export interface FaultRules {
  /** Throws a ShapeError when the rule makes no sense. */
  add(rule: FaultRule, now: number): void;
  clear(): void;
  /** What happens to this call; counts it. */
  meet(subject: Subject, now: number): Misfortune;
  /** The rules with how often each has applied. */
  state(): readonly { readonly rule: FaultRule; readonly applied: number }[];
}

interface RuleState {
  readonly rule: FaultRule;
  readonly since: number;
  readonly random: Random;
  matched: number;
  applied: number;
}

export function createFaultRules(seed: string): FaultRules {
  let rules: RuleState[] = [];
  let added = 0;
  return {
    add(rule, now) {
      const random = randomOf(`${seed}/rule/${added++}`);
      rules.push({ rule: readFaultRule(rule, "rule"), since: now, random, matched: 0, applied: 0 });
    },
    clear() {
      rules = [];
    },
    meet(subject, now) {
      let call: CallFault | null = null;
      let turn: Turn | null = null;
      for (const state of rules) {
        const fault = state.rule.do;
        if (isTurn(fault)) {
          if (turn === null && applies(state, subject, now)) turn = fault;
        } else if (call === null && applies(state, subject, now)) call = fault;
      }
      return { call, turn };
    },
    state: () => rules.map(({ rule, applied }) => ({ rule, applied })),
  };
}

function applies(state: RuleState, subject: Subject, now: number): boolean {
  const { rule } = state;
  if (!matches(rule, subject) || now < state.since + (rule.when?.afterMs ?? 0)) return false;
  state.matched += 1;
  if (rule.when?.nth !== undefined && rule.when.nth !== state.matched) return false;
  if (rule.times !== "always" && state.applied >= (rule.times ?? 1)) return false;
  if (rule.probability !== undefined && state.random() >= rule.probability) return false;
  state.applied += 1;
  return true;
}

function matches({ on, when }: FaultRule, subject: Subject): boolean {
  if (on !== "any" && on !== subject.operation) return false;
  if (when?.name !== undefined && !isNamed(subject.name, when.name)) return false;
  if (when?.part !== undefined && subject.part !== when.part) return false;
  if (when?.realm !== undefined && subject.realm !== when.realm) return false;
  return carries(subject.labels ?? {}, when?.labels ?? {});
}

function isNamed(name: string | undefined, pattern: string): boolean {
  return pattern.endsWith("*") ? (name ?? "").startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** All of `wanted` are among `labels`. */
export function carries(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
