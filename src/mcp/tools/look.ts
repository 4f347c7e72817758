// Looking: what deployments and blueprints there are, and one of them whole.

import { z } from "zod";
import { BlueprintList, StoredBlueprint } from "../../contract/blueprint.ts";
import { Deployment, DeploymentPage, DEPLOYMENTS_PER_PAGE, DeploymentState } from "../../contract/deployment.ts";
import { path } from "../api.ts";
import { tool } from "../tool.ts";

export const DeploymentRef = z.string().min(1).max(100).describe("Name or id of a deployment");

export const list = tool({
  name: "list",
  title: "List deployments",
  description: "Deployments, newest first, with how they stand. Page on with cursor.",
  kind: "read",
  input: z.strictObject({
    states: z.array(DeploymentState).optional().describe("Only these; all when left out"),
    pool: z.string().optional(),
    search: z.string().max(100).optional().describe("Part of the name"),
    limit: z.number().int().min(1).max(DEPLOYMENTS_PER_PAGE.most).optional(),
    cursor: z.string().optional().describe("`next` of the page before"),
  }),
  output: DeploymentPage,
  run: ({ api, input: { states, pool, search, limit, cursor } }) => {
    const query = new URLSearchParams({
      ...(states === undefined ? {} : { state: states.join(",") }),
      ...(pool === undefined ? {} : { pool }),
      ...(search === undefined ? {} : { q: search }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return api.ask({ path: `/v1/deployments?${query.toString()}`, reply: DeploymentPage });
  },
});

export const show = tool({
  name: "show",
  title: "Show a deployment",
  description:
    "One deployment whole: instances, attempts, machines that are open, outputs (secret ones without their value), cost, debt and what may be asked of it.",
  kind: "read",
  input: z.strictObject({ deployment: DeploymentRef }),
  output: Deployment,
  run: async ({ api, input: { deployment } }) => {
    const found = await api.ask({ path: path`/v1/deployments/${deployment}`, reply: Deployment });
    return { ...found, machines: found.machines.filter(({ open }) => open) };
  },
});

const Blueprints = z.object({
  blueprints: BlueprintList.shape.blueprints,
  blueprint: StoredBlueprint.nullable().describe("The one that was asked for"),
});

export const blueprints = tool({
  name: "blueprints",
  title: "List stored blueprints, or show one",
  description: "Blueprints that the server keeps, and with a name the text and parameters of its newest version.",
  kind: "read",
  input: z.strictObject({ name: z.string().min(1).max(100).optional() }),
  output: Blueprints,
  run: async ({ api, input: { name } }) => {
    const { blueprints: all } = await api.ask({ path: "/v1/blueprints", reply: BlueprintList });
    const asked = { path: path`/v1/blueprints/${name ?? ""}`, reply: StoredBlueprint };
    return { blueprints: all, blueprint: name === undefined ? null : await api.ask(asked) };
  },
});
