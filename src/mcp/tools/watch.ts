// Following a deployment for a while: until nothing is under way, or the time is up.

import { z } from "zod";
import { Deployment } from "../../contract/deployment.ts";
import { Event, EventPage } from "../../contract/event.ts";
import { isSettled } from "../../contract/settled.ts";
import { waitingOf } from "../../contract/waiting.ts";
import { type Api, path } from "../api.ts";
import { tool } from "../tool.ts";
import { DeploymentRef } from "./look.ts";

const SECONDS = { usual: 30, most: 300 } as const;
const LOOK_MS = 1_000;
const STEPS_MOST = 200;

const Watched = z.object({
  deployment: z.string().describe("Its id"),
  standing: Deployment.shape.standing,
  summary: Deployment.shape.summary,
  settled: z
    .boolean()
    .describe("Nothing is under way: it stays so until somebody asks for something or something breaks"),
  waiting: z.string().nullable().describe("What everything waits for; null: for nothing"),
  steps: z.array(Event),
  after: z.number().int().describe("Ask with this for the steps that follow"),
});

export const watch = tool({
  name: "watch",
  title: "Follow a deployment",
  description: `Waits until nothing is under way in a deployment, or for so many seconds (${SECONDS.usual} when left out), and tells its steps. When it is not settled then, call again with after. Sends progress.`,
  kind: "read",
  input: z.strictObject({
    deployment: DeploymentRef,
    after: z.number().int().min(0).optional().describe("Number of the last step known; 0 when left out"),
    seconds: z.number().int().min(0).max(SECONDS.most).optional().describe("How long to wait at the most"),
  }),
  output: Watched,
  run: async ({ api, input, signal, progress }) => {
    const { seconds = SECONDS.usual } = input;
    const begin = api.monotonic();
    const found = await api.ask({ path: path`/v1/deployments/${input.deployment}`, reply: Deployment });
    const steps: Event[] = [];
    for (let view = found; ;) {
      steps.push(
        ...(await stepsAfter(api, found.id, {
          after: steps.at(-1)?.no ?? input.after ?? 0,
          most: STEPS_MOST - steps.length,
        })),
      );
      const settled = isSettled(view);
      const spentS = (api.monotonic() - begin) / 1_000;
      const lastAt = steps.at(-1)?.at;
      const waiting = waitingOf(view, api.now(), lastAt === undefined ? null : Date.parse(lastAt))?.text ?? null;
      const isFull = steps.length >= STEPS_MOST;
      if (settled || isFull || spentS >= seconds || signal.aborted) {
        const { id, standing, summary } = view;
        const after = steps.at(-1)?.no ?? input.after ?? 0;
        return { deployment: id, standing, summary, settled: settled && !isFull, waiting, steps, after };
      }
      await progress(spentS, seconds, steps.at(-1)?.text ?? waiting ?? view.summary);
      await api.pause(Math.min(LOOK_MS, Math.max(0, seconds - spentS) * 1_000), signal);
      view = await api.ask({ path: path`/v1/deployments/${found.id}`, reply: Deployment });
    }
  },
});

async function stepsAfter(
  api: Api,
  id: string,
  { after, most }: { after: number; most: number },
): Promise<readonly Event[]> {
  const asked = { path: `${path`/v1/deployments/${id}`}/events?after=${after}&limit=${most}`, reply: EventPage };
  return (await api.ask(asked)).events;
}
