// Placement groups: EC2 says once how the instances of a group lie to each other, the datacentre with each machine.

import type { Asked } from "../../desk/asked.ts";
import { type Action, type Memory, memoryKey, type PlacementGroup } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { derivedId, tagSet } from "./names.ts";
import { tagSpecifications } from "./parameters.ts";
import { AwsError, badValue, notFound } from "./refusals.ts";
import type { XmlFields } from "./xml.ts";

const STRATEGIES: readonly PlacementGroup["strategy"][] = ["cluster", "spread"];

export const createPlacementGroup: Action = {
  operation: "things",
  read(given, memory) {
    const name = given.needed("GroupName");
    const wanted = given.text("Strategy") ?? "cluster";
    const tags = tagSpecifications(given, ["placement-group"])["placement-group"] ?? {};
    given.ignore("SpreadLevel");
    given.lack("PartitionCount", "LinkedGroupId");
    const strategy = STRATEGIES.find((candidate) => candidate === wanted);
    if (strategy === undefined) throw badValue(`Value (${wanted}) for parameter strategy is invalid.`);
    return {
      subject: { name },
      answer(asked) {
        const key = memoryKey(asked.tenant.name, name);
        if (memory.placementGroups.has(key)) {
          throw new AwsError(400, "InvalidPlacementGroup.Duplicate", `The Placement Group '${name}' already exists.`);
        }
        const group = { tenant: asked.tenant.name, name, strategy, tags };
        memory.placementGroups.set(key, group);
        return { return: true, placementGroup: groupView(group) };
      },
    };
  },
};

function groupView({ tenant, name, strategy, tags }: PlacementGroup): XmlFields {
  const groupId = derivedId("pg", memoryKey(tenant, name));
  return { groupName: name, groupId, state: "available", strategy, tagSet: tagSet(tags) };
}

function groupsOf({ tenant }: Asked, { placementGroups }: Memory): readonly PlacementGroup[] {
  return [...placementGroups.values()].filter((group) => group.tenant === tenant.name);
}

export const describePlacementGroups: Action = {
  operation: "things",
  read(given, memory) {
    const names = given.list("GroupName");
    const filters = readFilters(given);
    given.lack("GroupId");
    return {
      answer(asked) {
        const all = groupsOf(asked, memory);
        const unknown = names.filter((name) => all.every((group) => group.name !== name));
        if (unknown.length > 0) throw notFound("placement", unknown);
        const wanted = all.filter(({ name }) => names.length === 0 || names.includes(name));
        const facets: Facets<PlacementGroup> = {
          "group-name": ({ name }) => name,
          strategy: ({ strategy }) => strategy,
          state: () => "available",
        };
        return { placementGroupSet: filtered(wanted, filters, { facets, tagsOf: ({ tags }) => tags }).map(groupView) };
      },
    };
  },
};

export const deletePlacementGroup: Action = {
  operation: "things",
  read(given, memory) {
    const name = given.needed("GroupName");
    return {
      subject: { name },
      answer(asked) {
        const { tenant, cloud } = asked;
        const isUsed = [...cloud.machines.values()].some(
          (machine) =>
            machine.tenant === tenant.name && machine.goneAt === null && machine.request.group?.name === name,
        );
        if (isUsed) throw new AwsError(400, "InvalidPlacementGroup.InUse", `The placement group '${name}' is in use.`);
        if (!memory.placementGroups.delete(memoryKey(tenant.name, name))) throw notFound("placement", [name]);
        return { return: true };
      },
    };
  },
};
