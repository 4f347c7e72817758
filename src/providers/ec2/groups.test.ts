// Placement groups over the datacentre's EC2, as its own API shows them.

import { EC2 } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { type CreateRequest, type Handle, type KnownMachine, OWNER_LABELS } from "../../core/machine.ts";
import { HandleNotKept } from "../../ports/provider.ts";
import { faulty, type OtherCloud } from "../../ports/provider-suite/datacentre.testsuite.ts";
import {
  byId,
  calm,
  faultOf,
  keepNothing,
  lookedAt,
  readyRequest,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { openStage, TENANT, ZONE } from "./face.testsuite.ts";

async function openGroups(other: OtherCloud = {}) {
  const stage = await openStage({ ...other, settings: { visibilityMs: 0 } });
  const credentials = { accessKeyId: TENANT.name, secretAccessKey: TENANT.key };
  const ec2 = new EC2({ region: "us-east-1", endpoint: stage.url, credentials });
  return {
    ...stage,
    ec2,
    /** Name and strategy of each, and whose it is. */
    groups: async () => {
      const { PlacementGroups = [] } = await ec2.describePlacementGroups({});
      return PlacementGroups.map(({ GroupName, Strategy, Tags = [] }) => {
        return [GroupName, Strategy, Tags.find(({ Key }) => Key === OWNER_LABELS.installation)?.Value];
      });
    },
  };
}
type GroupStage = Awaited<ReturnType<typeof openGroups>>;

const ready = (stage: GroupStage, group = "web"): CreateRequest =>
  readyRequest(stage, { where: { hosts: "spread" }, group });

/** With the handle that its ledger would have. */
async function member(stage: GroupStage): Promise<KnownMachine> {
  const request = ready(stage);
  const { externalId, handle } = await stage.cloud.create(request, keepNothing, calm());
  await stage.settle();
  return { ...byId(stage, externalId, request.name), handle };
}

async function end(stage: GroupStage, machine: KnownMachine): Promise<string> {
  await stage.cloud.destroy(machine, calm());
  await stage.settle();
  return (await lookedAt(stage, { ...machine, isLeaving: true }))?.state ?? "absent";
}

const OURS = [[`web-${ZONE}`, "spread", SUITE_INSTALLATION]];

test("a group comes with the first of its machines, which all say that they are in it, and goes with the last", async () => {
  await using stage = await openGroups();
  const [first, second] = [await member(stage), await member(stage)];
  expect(await stage.groups()).toEqual(OURS);
  expect([first.handle, second.handle]).toEqual([{ group: `web-${ZONE}` }, { group: `web-${ZONE}` }]);
  const { machines } = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(machines.map(({ handle }) => handle)).toEqual([first.handle, second.handle]);
  expect(await end(stage, first)).toBe("gone");
  expect(await stage.groups()).toEqual(OURS);
  expect(await lookedAt(stage, second)).toMatchObject({ state: "running", fault: null });
  expect(await end(stage, second)).toBe("gone");
  expect(await stage.groups()).toEqual([]);
  expect((await stage.cloud.list(SUITE_INSTALLATION, null, calm())).machines.map(({ state }) => state)).toEqual([
    "gone",
    "gone",
  ]);
});

test("machines close together are in a cluster, of their zone", async () => {
  await using stage = await openGroups();
  const request = readyRequest(stage, { where: { hosts: "compact" }, group: "db" });
  await stage.cloud.create(request, keepNothing, calm());
  expect(await stage.groups()).toEqual([[`db-${ZONE}`, "cluster", SUITE_INSTALLATION]]);
});

test("the name is kept before the group is made, and a create that is not wanted any more makes none", async () => {
  await using stage = await openGroups();
  const kept: Handle[] = [];
  const keep = async (handle: Handle): Promise<void> => {
    kept.push(handle);
    throw new HandleNotKept("not wanted any more");
  };
  await expect(stage.cloud.create(ready(stage), keep, calm())).rejects.toBeInstanceOf(HandleNotKept);
  expect(kept).toEqual([{ group: `web-${ZONE}` }]);
  expect(await stage.groups()).toEqual([]);
});

test("a refused machine takes its group back, unless another one is in it", async () => {
  await using stage = await openGroups(
    faulty({ on: "create", times: 1, do: { kind: "refuse", code: "insufficient_capacity" } }),
  );
  const { fault } = await faultOf(stage.cloud.create(ready(stage), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "capacity", effect: "none" });
  expect(await stage.groups()).toEqual([]);
  const machine = await member(stage);
  stage.operator.addFaults([{ on: "create", do: { kind: "refuse", code: "insufficient_capacity" } }]);
  expect((await faultOf(stage.cloud.create(ready(stage), keepNothing, calm()))).fault.effect).toBe("none");
  expect(await stage.groups()).toEqual(OURS);
  expect(await end(stage, machine)).toBe("gone");
  expect(await stage.groups()).toEqual([]);
});

test("of a machine whose request was lost the group is found by its handle, and goes", async () => {
  await using stage = await openGroups(faulty({ on: "create", do: { kind: "lose_request" } }));
  const request = ready(stage);
  expect((await faultOf(stage.cloud.create(request, keepNothing, calm()))).fault.effect).toBe("unknown");
  const ref = { ...byId(stage, "", request.name), externalId: null };
  const handle = { group: `web-${ZONE}` };
  const lookedUp = async (given: Handle) =>
    (await stage.cloud.lookup(SUITE_INSTALLATION, [{ ...ref, handle: given }], calm())).get(request.name);
  expect(await lookedUp({})).toEqual({ kind: "found", observed: [] });
  const found = await lookedUp(handle);
  expect(found).toMatchObject({ kind: "found", observed: [{ name: request.name, state: "error", handle }] });
  const externalId = found?.kind === "found" ? (found.observed[0]?.externalId ?? "") : "";
  const lone = { ...ref, externalId, handle };
  expect(await lookedAt(stage, lone)).toMatchObject({ state: "error", fault: { code: "parts_alone" } });
  expect(await end(stage, lone)).toBe("absent");
  expect(await stage.groups()).toEqual([]);
});

test("what somebody else has ended leaves a group behind, and is not gone before that", async () => {
  await using stage = await openGroups();
  const machine = await member(stage);
  await stage.ec2.terminateInstances({ InstanceIds: [machine.externalId] });
  await stage.settle();
  const listed = async () => (await stage.cloud.list(SUITE_INSTALLATION, null, calm())).machines;
  expect(await listed()).toMatchObject([{ state: "error", fault: { code: "parts_alone" } }]);
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "error", fault: { code: "parts_alone" } });
  expect(await stage.groups()).toEqual(OURS);
  await stage.cloud.destroy(machine, calm());
  expect(await stage.groups()).toEqual([]);
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "gone" });
  expect(await listed()).toMatchObject([{ state: "gone" }]);
});

test("a group that has gone between its making and its machine's is made anew by the next try", async () => {
  await using stage = await openGroups();
  const request = ready(stage);
  let kept = 0;
  const { fault } = await faultOf(
    stage.cloud.create(
      { ...request, where: { hosts: "spread", publicKey: `ssh-ed25519 ${"A".repeat(68)}` } },
      async () => {
        kept += 1;
        if (kept === 2) await stage.ec2.deletePlacementGroup({ GroupName: `web-${ZONE}` });
      },
      calm(),
    ),
  );
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "InvalidPlacementGroup.Unknown" });
  await stage.cloud.create(request, keepNothing, calm());
  expect(await stage.groups()).toEqual(OURS);
});
