// Why a deployment stands as it does, in the words of the console.

import { z } from "zod";
import { Block, BlockList } from "../../contract/block.ts";
import { Attempt, Deployment, type Instance } from "../../contract/deployment.ts";
import { Event, EventPage } from "../../contract/event.ts";
import { owedText, refusalText } from "../../contract/standing.ts";
import { stepText, waitingOf } from "../../contract/waiting.ts";
import { About } from "../../contract/operation.ts";
import { type Api, path } from "../api.ts";
import { tool } from "../tool.ts";
import { DeploymentRef } from "./look.ts";

const LAST_STEPS = 10;
const BLOCKS_MOST = 50;

const Explained = z.object({
  deployment: z.string().describe("Its id"),
  name: z.string(),
  standing: Deployment.shape.standing,
  summary: Deployment.shape.summary,
  because: Deployment.shape.failure,
  waiting: z
    .object({ text: z.string(), instances: z.array(z.string()) })
    .nullable()
    .describe("What everything waits for"),
  instances: z
    .array(z.object({ name: z.string(), state: z.string(), text: z.string() }))
    .describe("Those that are not ready: what each is at, what it waits for, or why it failed"),
  attempts: z.array(Attempt.pick({ no: true, account: true, realm: true, outcome: true, reason: true })),
  troubles: Deployment.shape.troubles.describe("Accounts that it waits for, with the reason"),
  blocks: z
    .array(Block)
    .describe(
      "Offers of its accounts that launches leave alone for now, since they were refused; none for who sees single pools",
    ),
  debt: z
    .object({ text: z.string(), perHour: z.number(), unpriced: z.number(), why: z.string().nullable() })
    .nullable()
    .describe(
      "Machines that should be gone and are not proven gone: they may cost money, and removing them is tried on",
    ),
  parked: Deployment.shape.parked,
  steps: z.array(Event).describe("The last ones"),
  possible: Deployment.shape.actions.describe("What this token may ask of it now"),
});

export const explain = tool({
  name: "explain",
  title: "Explain how a deployment stands",
  description:
    "Why it is so: what a deployment waits for, what failed and why, which refusals are remembered, and what is owed, in the words that the console uses.",
  kind: "read",
  input: z.strictObject({ deployment: DeploymentRef }),
  output: Explained,
  run: async ({ api, input }) => {
    const found = await api.ask({ path: path`/v1/deployments/${input.deployment}`, reply: Deployment });
    const { id, name, standing, summary, failure, attempts, troubles, debt, parked, actions } = found;
    const after = Math.max(0, found.eventNo - LAST_STEPS);
    const { events } = await api.ask({
      path: `${path`/v1/deployments/${id}`}/events?after=${after}`,
      reply: EventPage,
    });
    const blocks = await blocksSeen(api);
    const own = new Set(attempts.map(({ account }) => account));
    const lastAt = events.at(-1)?.at;
    const now = api.now();
    const waiting = waitingOf(found, now, lastAt === undefined ? null : Date.parse(lastAt));
    return {
      deployment: id,
      name,
      standing,
      summary,
      because: failure,
      waiting: waiting === null ? null : { text: waiting.text, instances: [...waiting.instances] },
      instances: found.instances.flatMap((one) => unreadyText(one, found, now)),
      attempts,
      troubles,
      blocks: blocks.filter(({ account }) => own.has(account)).slice(0, BLOCKS_MOST),
      debt: debt.count === 0 ? null : { ...debt, text: owedText(debt.count) },
      parked,
      steps: events,
      possible: actions,
    };
  },
});

/** None for those who may not see what spans pools. */
async function blocksSeen(api: Api): Promise<readonly Block[]> {
  const { grants } = await api.ask({ path: "/v1/about", reply: About });
  if (grants.every(({ pool }) => pool !== null)) return [];
  return (await api.ask({ path: "/v1/blocks", reply: BlockList })).blocks;
}

function unreadyText(
  instance: Instance,
  { machines, instances, account }: Deployment,
  now: number,
): { name: string; state: string; text: string }[] {
  const { name, state, ready, fault, dependsOn } = instance;
  if (ready) return [];
  const machine = machines.find(({ id }) => id === instance.machine);
  const missing = instances.filter((one) => dependsOn.includes(one.name) && !one.ready).map((one) => one.name);
  const failed = fault === null ? "" : refusalText(fault, instance.account ?? account);
  const text =
    stepText(instance, machine, now) || failed || (missing.length > 0 ? `waits for ${missing.join(", ")}` : "");
  return [{ name, state, text }];
}
