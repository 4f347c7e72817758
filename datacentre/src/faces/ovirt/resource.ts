// A path of the engine's API: which call of the datacentre it is, and what it answers.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { CallSubject } from "../../wire/call.ts";
import type { Told } from "./document.ts";
import type { Deed } from "./faults.ts";

export interface Resource {
  readonly operation: Operation;
  readonly deed: Deed;
  /** Refusals of actions are documents of actions. */
  readonly isAction?: boolean;
  /** Throws an EngineFault or a ShapeError for what makes no sense. */
  read(ask: Ask, memory: Memory): Reading;
}

export interface Ask {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

interface Reading {
  readonly subject?: Omit<CallSubject, "operation">;
  readonly answer: (asked: Asked) => Told;
}

/** What the engine remembers and the datacentre does not. One for each server. */
export interface Memory {
  /** Names of realms by the ids of their clusters. */
  readonly clusters: ReadonlyMap<string, string>;
  /** Ids of tags by name. */
  readonly tags: Map<string, string>;
  /** Names of tags by id of the VM. */
  readonly tagged: Map<string, Set<string>>;
}

/** For what is only read. */
export function reading(operation: Operation, answer: (asked: Asked, ask: Ask, memory: Memory) => Told): Resource {
  return { operation, deed: "other", read: (ask, memory) => ({ answer: (asked) => answer(asked, ask, memory) }) };
}
