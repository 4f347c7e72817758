// Something that is not the cloud answers at its address: a proxy, a load balancer, another program, a wrong path, a page that asks people to
// log in. Its "not found" is about an address, never about a machine, and its "fine" is no empty list: nothing may be concluded absent
// or gone from it.

import { describe, expect, test } from "vitest";
import type { KnownMachine } from "../../core/machine.ts";
import { calm, create, faultOf, readyRequest, type Stage, SUITE_INSTALLATION, lookedUp } from "./stage.testsuite.ts";

/** What such things say beside their status. */
const PAGES: Readonly<Record<string, string>> = {
  nothing: "",
  "a page": "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>",
  "a sentence": "404 page not found",
  "a message": JSON.stringify({ message: "Not Found" }),
  "an error": JSON.stringify({ error: "not_found" }),
  "an error with a code": JSON.stringify({ error: { code: 404, message: "Not Found", title: "Not Found" } }),
  "an object": JSON.stringify({}),
  null: "null",
  "a detail": JSON.stringify({ detail: "Not Found", status: 404, title: "Not Found", type: "about:blank" }),
};

/** One that says that nothing is there, and one that says that all is well. */
const STATUSES = [404, 200];

/**
 * `open`: a stage whose cloud answers what comes before any machine is asked about (a login, its version) as it should, and all else with
 * this status and this body.
 */
export function impostorSuite(
  title: string,
  open: (body: string, status: number) => Promise<Stage>,
  statuses: readonly number[] = STATUSES,
): void {
  describe.each(statuses)(`${title}: something else answers %i`, (status) => {
    for (const [what, body] of Object.entries(PAGES)) {
      const said = (name: string, act: (stage: Stage, machine: KnownMachine) => Promise<void>): void =>
        test(`with ${what}: ${name}`, async () => {
          await using stage = await open(body, status);
          const { name: id, realm } = readyRequest(stage);
          // The handle is what the ledger may hold of any machine.
          const known = { name: id, realm, externalId: "4d6ef1b1c927", handle: null };
          await act(stage, { ...known, isLeaving: false });
          await act(stage, { ...known, isLeaving: true });
        });

      said("a look says nothing of the machine", async ({ cloud }, machine) => {
        const looks = await cloud.look([machine], calm()).catch((error: unknown) => faultOf(Promise.reject(error)));
        const look = looks instanceof Map ? looks.get(machine.name) : { kind: "unknown" };
        expect(look?.kind).toBe("unknown");
      });
      said("a look at several says nothing of them", async ({ cloud }, machine) => {
        const both = [machine, { ...machine, name: `${machine.name}-2`, externalId: "9d1fe8a0b5c2" }];
        const looks = await cloud.look(both, calm()).catch((error: unknown) => faultOf(Promise.reject(error)));
        const kinds = looks instanceof Map ? [...looks.values()].map(({ kind }) => kind) : [];
        expect(kinds.every((kind) => kind === "unknown")).toBe(true);
      });
      said("a search by name finds out nothing", async ({ cloud }, machine) => {
        const { fault } = await faultOf(lookedUp({ cloud }, machine));
        expect(fault.class).not.toBe("not_found");
      });
      said("a list is none", async ({ cloud }) => {
        await faultOf(cloud.list(SUITE_INSTALLATION, null, calm()));
      });
      // What was accepted is proven by a look, whoever has accepted it.
      if (status !== 200)
        said("a delete is not done", async ({ cloud }, machine) => {
          const { fault } = await faultOf(cloud.destroy(machine, calm()));
          expect(fault.class).not.toBe("not_found");
        });
      said("a create may have made something, or is worth another try", async (stage) => {
        const { fault } = await faultOf(create(stage, readyRequest(stage)));
        expect(fault.class).not.toBe("not_found");
        expect(fault.effect).not.toBe("made");
      });
    }
  });
}
