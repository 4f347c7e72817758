// Launching what was planned, within the spend cap.

import { z } from "zod";
import { Deployment } from "../../contract/deployment.ts";
import { KeptPlan, type KeptLaunchPlan } from "../../contract/kept-plan.ts";
import { path, ToolRefused } from "../api.ts";
import { leftToSpend, oneAtATime } from "../spending.ts";
import { tool } from "../tool.ts";

export const Begun = z.object({
  deployment: z.string().describe("Its id"),
  name: z.string(),
  pool: z.string(),
  standing: Deployment.shape.standing,
  summary: Deployment.shape.summary,
});

export const begun = ({ id, name, pool, standing, summary }: Deployment): z.infer<typeof Begun> => ({
  deployment: id,
  name,
  pool,
  standing,
  summary,
});

export const launch = tool({
  name: "launch",
  title: "Launch what was planned",
  description:
    "Launches exactly what plan has shown under this id, once: asked again, it answers with the same launch. Refused when blueprint, offer or price have changed since, or when it could cost more than the spend cap leaves. Costs money. Follow it with watch.",
  kind: "launch",
  input: z.strictObject({ plan: z.string().min(1).max(100).describe("The id that plan has given") }),
  output: Begun,
  run: ({ api, terms: { maxHourly }, input: { plan: id } }) =>
    oneAtATime(async () => {
      const kept = await api.ask({ path: path`/v1/plans/${id}`, reply: KeptPlan });
      if (kept.kind === "update")
        throw new ToolRefused(`Plan ${id} is of an update: only launches are carried out here.`);
      if (maxHourly === null) throw new ToolRefused("Nothing can be launched here: no spend cap is set.");
      if (kept.standing !== "applied") refuseDear(kept, await leftToSpend(api, maxHourly));
      const applied = { path: path`/v1/plans/${id}/apply`, idempotencyKey: `mcp/${id}`, reply: Deployment };
      return begun(await api.ask({ method: "POST", ...applied }));
    }),
});

/** Beyond it, sums of prices are not told apart. */
const SLACK = 1e-6;

/** The price of the first match is what is planned; the cap of the plan is what holds where the launch has to go elsewhere. */
function refuseDear({ id, maxHourly, plan: { matches } }: KeptLaunchPlan, left: number): void {
  if (matches.some(({ unpriced }) => unpriced > 0)) {
    throw new ToolRefused(`Plan ${id} holds machines whose price is not known: such are not launched here.`);
  }
  if (maxHourly !== null && maxHourly <= left + SLACK) return;
  const may = maxHourly === null ? "may cost any amount" : `may cost $${maxHourly.toFixed(4)} per hour`;
  throw new ToolRefused(
    `Plan ${id} ${may}, and $${left.toFixed(4)} per hour are left: plan it again with the tool plan.`,
  );
}
