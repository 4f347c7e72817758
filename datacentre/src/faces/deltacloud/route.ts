// A path of Deltacloud's: which call of the datacentre it is, and what it answers.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { CallSubject } from "../../wire/call.ts";
import { param } from "../../wire/http-route.ts";

export interface Collection {
  readonly operation: Operation;
  /** Throws a DeltacloudError. */
  read(ask: Ask): Reading;
}

export interface Ask {
  readonly params: Readonly<Record<string, string>>;
  /** Of the query and of the form. */
  readonly given: URLSearchParams;
  /** Absolute, of whatever is below `/api`. */
  readonly href: (...path: readonly string[]) => string;
}

interface Reading {
  readonly subject?: Omit<CallSubject, "operation">;
  readonly answer: (asked: Asked) => Told;
}

export interface Told {
  readonly status?: number;
  /** Where it is. */
  readonly location?: string;
  /** The root element; null: nothing. */
  readonly root: string | null;
}

/** For what is only read. */
export function reading(operation: Operation, answer: (asked: Asked, ask: Ask) => string): Collection {
  return { operation, read: (ask) => ({ answer: (asked) => ({ root: answer(asked, ask) }) }) };
}

/** For what goes: `by` is what its calls are about. */
export function destroying(
  operation: Operation,
  destroy: (asked: Asked, id: string) => unknown,
  by: "id" | "name" = "id",
): Collection {
  return {
    operation,
    read(ask) {
      const id = param(ask, "id");
      return {
        subject: { [by]: id },
        answer(asked) {
          destroy(asked, id);
          return { status: 204, root: null };
        },
      };
    },
  };
}
