// A checker watches one thing that must hold. It sees facts as they come and names what it finds.

import type { BillingEntry } from "../../datacentre/src/billing.ts";
import type { Commit, Facts, Life } from "../facts.ts";
import type { Caller } from "../fenced.ts";

interface CalledOut extends Caller {
  readonly call: string;
  readonly name: string;
}

interface Checker {
  readonly name: string;
  /** A transaction is being committed. */
  commit?(commit: Commit): void;
  /** A process calls a cloud about a machine, by our name or the cloud's id; the function returned is called when it has its answer. */
  called?(call: CalledOut): () => void;
  /** A cloud writes its billing log; `life` is the machine that it is about. */
  billed?(entry: BillingEntry, life: Life): void;
  /** Every few seconds, between two wake-ups of anybody. */
  glance?(): void;
  /** The world has been good for long, and nothing is on its way any more. */
  calm?(): void;
  /** Everything has been deleted, and nothing is on its way any more. */
  cleared?(): void;
}

/** Builds a checker on the facts of one run; `find` takes what is wrong, in one sentence. */
export type CheckerOf = (facts: Facts, find: (text: string) => void) => Checker;
