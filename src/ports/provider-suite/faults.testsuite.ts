// What every provider must make of refusals and breakdowns. Where a cloud cannot show one, the harness gives the reason
// instead, and the test is skipped under that reason.

import { describe, expect } from "vitest";
import type { FaultClass, FaultEffect, FaultScope } from "../../core/fault.ts";
import type { Observed } from "../../core/machine.ts";
import {
  bringUp,
  calm,
  create,
  faultOf,
  foundBy,
  keepNothing,
  lookedAt,
  readyRequest,
  type Stage,
  SUITE_INSTALLATION,
} from "./stage.testsuite.ts";
import { staged } from "./staged.testsuite.ts";

/** Situations in which the next create, or the start after it, goes wrong as the name says. */
export const PROVOCATIONS = [
  "throttle",
  "auth",
  "account",
  "capacity",
  "quota",
  "missing_image",
  "name_taken",
  "unreachable",
  /** Carried out, and the answer never arrives. */
  "answer_lost",
  /** Never carried out, and the connection ends without an answer. */
  "request_lost",
  /** Neither answer nor end: only the caller's signal ends it. */
  "silence",
  /** The machine exists and its state is one that the provider has never heard of. */
  "unheard_state",
  /** The machine goes down by itself, with a reason. */
  "breakdown",
  /** The create is accepted, and fails for lack of room when the machine should come to be. */
  "late_failure",
  /** The next list says that parts of it are missing. */
  "partial_list",
] as const;
export type Provocation = (typeof PROVOCATIONS)[number];

/** How to get there, or why the cloud cannot. */
export type FaultHarness = Readonly<Record<Provocation, (() => Promise<Stage>) | string>>;

interface Expectation {
  readonly class: FaultClass;
  readonly scope?: FaultScope;
  readonly effect?: FaultEffect;
}

/** What a refused launch must look like, wherever in create or start the cloud refuses it. */
const REFUSALS: Readonly<Partial<Record<Provocation, Expectation>>> = {
  throttle: { class: "throttle", effect: "none" },
  auth: { class: "auth", scope: "account", effect: "none" },
  account: { class: "account", scope: "account", effect: "none" },
  capacity: { class: "capacity" },
  quota: { class: "quota", effect: "none" },
  missing_image: { class: "config", scope: "realm", effect: "none" },
  name_taken: { class: "conflict", effect: "unknown" },
  unreachable: { class: "transient", effect: "none" },
  answer_lost: { class: "transient", effect: "unknown" },
  request_lost: { class: "transient", effect: "unknown" },
};

export function faultSuite(title: string, harness: FaultHarness): void {
  /** Runs `act` on the stage of a provocation, or skips it under the harness's reason. */
  function provoked(provocation: Provocation, what: string, act: (stage: Stage) => Promise<void>): void {
    staged({ of: provocation, what, open: harness[provocation] }, act);
  }

  describe(`${title}: faults`, () => {
    for (const provocation of PROVOCATIONS) {
      const expected = REFUSALS[provocation];
      if (expected === undefined) continue;
      provoked(provocation, `the launch is refused as ${expected.class}`, async (stage) => {
        const { fault } = await faultOf(bringUp(stage, readyRequest(stage)));
        expect(fault).toMatchObject(expected);
        expect(fault.code).not.toBe("");
        expect(fault.text).not.toBe("");
      });
    }

    provoked("answer_lost", "the machine is found by its name afterwards", async (stage) => {
      const request = readyRequest(stage);
      await faultOf(create(stage, request));
      await stage.settle();
      const found = await foundBy(stage, request.name);
      expect(found.map(({ name }) => name)).toEqual([request.name]);
    });

    provoked("request_lost", "nothing is found by the name afterwards", async (stage) => {
      const request = readyRequest(stage);
      await faultOf(create(stage, request));
      await stage.settle();
      expect(await foundBy(stage, request.name)).toEqual([]);
    });

    provoked("silence", "the signal ends the wait with its own reason", async (stage) => {
      const reason = new Error("waited long enough");
      const abort = new AbortController();
      const answer = stage.cloud.create(readyRequest(stage), keepNothing, abort.signal);
      await stage.underWay;
      abort.abort(reason);
      await expect(answer).rejects.toBe(reason);
    });

    provoked("unheard_state", "the machine is seen as unknown", async (stage) => {
      const machine = await create(stage, readyRequest(stage));
      expect((await lookedAt(stage, machine))?.state).toBe("unknown");
    });

    provoked("breakdown", "the machine is down and tells why", async (stage) => {
      const machine = await bringUp(stage, readyRequest(stage));
      await stage.settle();
      const seen = await lookedAt(stage, machine);
      expect(["error", "stopped"]).toContain(seen?.state);
      expect(seen?.fault).toMatchObject({ effect: "made" });
      expect(seen?.fault?.text).not.toBe("");
    });

    provoked(
      "late_failure",
      "the machine tells why it never came to be, whether it is still shown or not",
      async (stage) => {
        const machine = await create(stage, readyRequest(stage));
        await stage.settle();
        const seen = await lookedAt(stage, machine);
        expect(["error", "gone"]).toContain(seen?.state);
        expect(seen?.fault).toMatchObject({ class: "capacity", effect: "made" });
        expect(await lookedAt(stage, { ...machine, isLeaving: true })).toSatisfy(
          (left: Observed | null) => left === null || left.fault?.class === "capacity",
        );
      },
    );

    provoked("partial_list", "absence from the list proves nothing", async (stage) => {
      expect(await stage.cloud.list(SUITE_INSTALLATION, null, calm())).toMatchObject({
        unlisted: [stage.placement.realm],
      });
    });
  });
}
