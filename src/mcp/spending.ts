// The spend cap of agents: what all that one user, or a program's token, has launched costs per hour, and what is left.

import { Deployment, DeploymentPage, DEPLOYMENTS_PER_PAGE, type DeploymentSummary } from "../contract/deployment.ts";
import { About, DebtList } from "../contract/operation.ts";
import { type Api, path, ToolRefused } from "./api.ts";

/** The states in which something runs, or may yet be asked for. */
const LIVE =
  "new,pending,running,incomplete,updating,reverting,rollback_in_progress,rollback_complete,rollback_failed,shutting_down";
const LOOKED_AT_MOST = 200;

/** Dollars per hour that are left of the cap. Throws ToolRefused where that cannot be told, or nothing is. */
export async function leftToSpend(api: Api, cap: number): Promise<number> {
  const { token, user } = await api.ask({ path: "/v1/about", reply: About });
  const me = user ?? token.name;
  let sum = 0;
  for (const id of await costly(api, me)) {
    const found = await api.ask({ path: path`/v1/deployments/${id}`, reply: Deployment });
    if (found.createdBy === me) sum += costOf(found);
  }
  if (sum < cap) return cap - sum;
  const told = `$${sum.toFixed(4)} per hour, and the cap is $${cap}`;
  throw new ToolRefused(`Nothing is left to spend: what ${me} has launched costs ${told}. Stop something first.`);
}

/** Deployments of theirs that cost something, or may soon; also ended ones of anybody that have debt. */
async function costly(api: Api, me: string): Promise<readonly string[]> {
  const { debts } = await api.ask({ path: "/v1/debt", reply: DebtList });
  const ids = new Set(debts.flatMap(({ deployment }) => deployment ?? []));
  for await (const { id, createdBy } of liveOnes(api)) if (createdBy === me) ids.add(id);
  if (ids.size <= LOOKED_AT_MOST) return [...ids];
  throw new ToolRefused(
    `More than ${LOOKED_AT_MOST} deployments cost something: that many are not added up for a cap.`,
  );
}

async function* liveOnes(api: Api): AsyncGenerator<DeploymentSummary> {
  for (let cursor: string | null = ""; cursor !== null;) {
    const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const asked = {
      path: `/v1/deployments?state=${LIVE}&limit=${DEPLOYMENTS_PER_PAGE.most}${from}`,
      reply: DeploymentPage,
    };
    const page: DeploymentPage = await api.ask(asked);
    yield* page.deployments;
    cursor = page.next;
  }
}

/** What it costs, or will once its machines are made. */
function costOf({ name, final, cost, attempts }: Deployment): number {
  if (cost.unpricedNow > 0) {
    throw new ToolRefused(
      `${name} runs machines whose price is not known, so that no spend cap can be held: stop it first.`,
    );
  }
  const [last] = attempts.slice(-1);
  if (final) return cost.perHour;
  if (last === undefined) throw new ToolRefused(`${name} is just being placed: try again in a moment.`);
  return Math.max(cost.perHour, last.hourlyCost);
}

let turn: Promise<unknown> = Promise.resolve();

/** Of two launches at once the second is weighed when the first is written down. */
export function oneAtATime<T>(act: () => Promise<T>): Promise<T> {
  const mine = turn.then(act, act);
  turn = mine.catch(() => undefined);
  return mine;
}
