// A path of a service: which call of the datacentre it is, and what it answers.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { CallSubject } from "../../wire/call.ts";
import type { Deed } from "./refusals.ts";

export interface Resource {
  readonly operation: Operation;
  /** What it is about: `server`, `keypair` and so on. */
  readonly kind: string;
  /** Throws a Refusal or a ShapeError for what makes no sense. */
  read(ask: Ask): Reading;
}

export interface Ask {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Where the caller reached it. */
  readonly address: string;
  /** Of Nova: 1 for 2.1. */
  readonly microversion: number;
}

export interface Reading {
  readonly subject?: Omit<CallSubject, "operation"> & { readonly operation?: Operation };
  readonly deed?: Omit<Deed, "kind">;
  readonly answer: (asked: Asked) => Told;
}

interface Told {
  /** 200 unless told. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing unless told. */
  readonly body?: object;
}

/** For what is only read. */
export function reading(operation: Operation, kind: string, answer: (asked: Asked, ask: Ask) => object): Resource {
  return { operation, kind, read: (ask) => ({ answer: (asked) => ({ body: answer(asked, ask) }) }) };
}
