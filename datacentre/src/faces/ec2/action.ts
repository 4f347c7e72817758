// An action of Amazon's: what its parameters say, which call of the datacentre it is, and what it answers.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { CallSubject } from "../../wire/call.ts";
import type { Given, Tags } from "./parameters.ts";
import type { XmlFields } from "./xml.ts";

export interface Action {
  /** What it counts as for rules and latencies, whatever its parameters say. */
  readonly operation: Operation;
  /** Throws AwsError for parameters that make no sense. */
  read(given: Given, memory: Memory): Reading;
}

interface Reading {
  readonly subject?: Omit<CallSubject, "operation"> & { readonly operation?: Operation };
  /** With DryRun just this is done, and nothing happens. */
  readonly check?: (asked: Asked) => void;
  readonly answer: (asked: Asked) => XmlFields;
}

/** What Amazon remembers and the datacentre does not. One for each server. */
export interface Memory {
  /** By the id of an instance that was launched along with others, and not as the first. */
  readonly launches: Map<string, { readonly reservationId: string; readonly index: number }>;
  /** By tenant and name of a key pair. */
  readonly keyTags: Map<string, Tags>;
  /** By tenant and name of a placement group. */
  readonly placementGroups: Map<string, PlacementGroup>;
}

export interface PlacementGroup {
  readonly tenant: string;
  readonly name: string;
  readonly strategy: "cluster" | "spread";
  readonly tags: Tags;
}

export function memoryKey(tenant: string, name: string): string {
  return JSON.stringify([tenant, name]);
}
