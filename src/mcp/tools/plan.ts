// What a launch would do.

import { LaunchRequest } from "../../contract/deployment.ts";
import { Plan } from "../../contract/plan.ts";
import { leftToSpend } from "../spending.ts";
import { tool } from "../tool.ts";

export const plan = tool({
  name: "plan",
  title: "Plan a launch",
  description:
    "Where a blueprint would go, in which sizes and at what price, and why not elsewhere. Launches nothing. What could be launched as it is gets an id, by which exactly that can be launched within an hour; without one see mistakes, notOffered, refused and matches.",
  kind: "read",
  input: LaunchRequest,
  output: Plan,
  run: async ({ api, terms: { changes, maxHourly }, input }) => {
    const cap = changes && maxHourly !== null ? await leftToSpend(api, maxHourly) : null;
    const most = [input.maxHourly, cap].filter((one) => one !== undefined && one !== null);
    const body = { ...input, ...(most.length === 0 ? {} : { maxHourly: Math.min(...most) }) };
    return await api.ask({ method: "POST", path: "/v1/plan", body, reply: Plan });
  },
});
