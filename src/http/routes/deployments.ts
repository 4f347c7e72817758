// Reading deployments, and the evidence kept from their machines.

import { createRoute, z } from "@hono/zod-openapi";
import { Deployment, DeploymentPage, DEPLOYMENTS_PER_PAGE, DeploymentState } from "../../contract/deployment.ts";
import { Evidence } from "../../contract/evidence.ts";
import { noSuch } from "../../contract/no-such.ts";
import type { AccountId, DeploymentId, MachineId } from "../../core/ids.ts";
import { machineId } from "../../core/ids.ts";
import { type Made, mayActOn } from "../../core/people/grants.ts";
import { invariant } from "../../core/invariant.ts";
import type { PastBoot } from "../../core/world/usual.ts";
import { CURSOR, type Reads } from "../../ports/store.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { type Asking, findDeployment, maySee, poolsSeen, seenPools } from "../acts/find.ts";
import { badQuery, notFound } from "../problem.ts";
import { DeploymentInPath, Flag, MachineInPath, PROBLEM, reply, SECURITY, wholeNumberOr } from "../route.ts";
import { type DeploymentRows, risingAt, showDeployment, showSummary } from "../show/deployment.ts";
import { time } from "../show/terms.ts";

const { usual, most } = DEPLOYMENTS_PER_PAGE;

const list = createRoute({
  method: "get",
  path: "/v1/deployments",
  tags: ["deployments"],
  summary: "List deployments, newest first",
  security: SECURITY,
  request: {
    query: z.object({
      state: z
        .string()
        .transform((text) => text.split(","))
        .pipe(z.array(DeploymentState))
        .optional()
        .openapi({ type: "string", description: "One state or several, with commas between them" }),
      pool: z.string().optional().openapi({ description: "Of this pool; one that was never there is refused" }),
      q: z.string().max(100).optional().openapi({ description: "Part of the name" }),
      deleted: Flag.openapi({ description: "Deleted ones too" }),
      cursor: z
        .string()
        .regex(CURSOR, { error: "is no cursor: take `next` of the page before" })
        .optional()
        .openapi({ type: "string", description: "`next` of the page before" }),
      limit: wholeNumberOr(usual, { least: 1, most }),
    }),
  },
  responses: { 200: reply(DeploymentPage, "A page"), ...PROBLEM },
});

const get = createRoute({
  method: "get",
  path: "/v1/deployments/{deployment}",
  tags: ["deployments"],
  summary: "Show a deployment with its instances, attempts, machines and cost",
  security: SECURITY,
  request: { params: DeploymentInPath },
  responses: { 200: reply(Deployment, "The deployment"), ...PROBLEM },
});

const evidence = createRoute({
  method: "get",
  path: "/v1/machines/{machine}/evidence",
  tags: ["deployments"],
  summary: "Show what was kept from a machine before it was deleted",
  security: SECURITY,
  request: { params: MachineInPath },
  responses: { 200: reply(Evidence, "The evidence"), ...PROBLEM },
});

export function addDeploymentRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const { state, pool, q, deleted, cursor, limit } = c.req.valid("query");
    const filter = {
      ...(state === undefined ? {} : { states: state }),
      ...(pool === undefined ? {} : { pool }),
      ...(q === undefined ? {} : { search: q }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const caller = c.get("caller");
    const page = await store.read(async (tx) => {
      const found = await tx.deployments({ ...filter, ...seenPools(caller), deleted, limit });
      if (found.rows.length === 0 && pool !== undefined) await refuseUnknownPool(tx, pool, caller);
      return found;
    });
    return c.json(
      { deployments: page.rows.map((row) => showSummary(row, mayAct(caller, row.deployment))), next: page.next },
      200,
    );
  });

  app.openapi(get, async (c) => {
    const { deployment } = c.req.valid("param");
    const shown = await store.read(async (tx) =>
      readDeployment(tx, (await findDeployment(tx, deployment, c.get("caller"))).id, c.get("caller")),
    );
    return c.json(shown, 200);
  });

  app.openapi(evidence, async (c) => {
    const { machine } = c.req.valid("param");
    const kept = await store.read(async (tx) => {
      const owner = (await tx.machine(machineId(machine)))?.deployment ?? null;
      const pool = owner === null ? null : ((await tx.deploymentHead(owner))?.pool ?? null);
      if (!maySee(c.get("caller"), pool)) throw notFound(`evidence of machine ${machine}`);
      const found = await tx.evidence(machineId(machine));
      if (found === null) throw notFound(`evidence of machine ${machine}${await goneText(tx, machineId(machine))}`);
      return found;
    });
    return c.json({ ...kept, at: time(kept.at) }, 200);
  });
}

/** A pool that is gone may have deployments; one that nobody knows must not look like one that is empty. */
export async function refuseUnknownPool(tx: Reads, pool: string, asking: Asking): Promise<void> {
  const names = (await poolsSeen(tx, asking)).map(({ name }) => name);
  if (names.includes(pool)) return;
  const { rows } = await tx.deployments({ pool, ...seenPools(asking), deleted: true, limit: 1 });
  if (rows.length === 0) throw badQuery("pool", noSuch("pool", pool, names), "bad_pool");
}

/** Behind what is missing: whether it may have been there. */
async function goneText(tx: Reads, machine: MachineId): Promise<string> {
  const deployment = (await tx.machine(machine))?.deployment ?? null;
  const goneAt = deployment === null ? null : ((await tx.kept(deployment))?.consolesGoneAt ?? null);
  return goneAt === null ? "" : ` (consoles of its deployment went on ${time(goneAt)}, by the retention of its pool)`;
}

const mayAct = (asking: Asking, deployment: Made): boolean => mayActOn(asking.grants, asking, deployment);

/** The whole reply for a deployment that exists, with what the caller may ask of it. */
export async function readDeployment(tx: Reads, id: DeploymentId, caller: Asking): Promise<Deployment> {
  const snapshot = await tx.snapshot(id);
  invariant(snapshot !== null, `deployment ${id} has no snapshot`);
  const machines = await tx.machinesOf(id);
  const kept = await tx.kept(id);
  invariant(kept !== null, `nothing is known of what is kept of ${id}`);
  const named = await tx.deploymentsNamed(snapshot.deployment.name);
  return showDeployment({
    snapshot,
    hasNamesake: named.some((one) => one.id !== id),
    machines,
    kept,
    past: await pastOf(tx, risingAt({ snapshot, machines })),
    accounts: await tx.accounts(),
    unanswered: isLooking(snapshot.deployment) ? await tx.unanswered(snapshot.deployment.pool) : [],
    mayAct: mayAct(caller, snapshot.deployment),
    now: await tx.now(),
  });
}

/** No account has been chosen yet. */
const isLooking = ({ state }: DeploymentRows["snapshot"]["deployment"]): boolean =>
  state === "new" || state === "rollback_complete";

/** So many of each size say what is usual. */
const PAST_BOOTS = 25;

async function pastOf(tx: Reads, rising: ReturnType<typeof risingAt>): Promise<DeploymentRows["past"]> {
  const past = new Map<AccountId, readonly PastBoot[]>();
  for (const [account, machines] of Map.groupBy(rising, (machine) => machine.account)) {
    const sizes = [...new Set(machines.map(({ size }) => size))];
    past.set(account, await tx.pastBoots(account, sizes, PAST_BOOTS));
  }
  return past;
}
