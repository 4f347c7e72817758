// An Idempotency-Key is of who sends it: what others launched with the same one is neither told nor in the way.

import { UNLIMITED } from "../../core/market/amount.ts";
import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { Plan } from "../../contract/plan.ts";
import { samplePool, sampleToken } from "../../ports/store.samples.ts";
import { hashToken } from "../auth.ts";
import { type Asked, createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const KEY = "again";
const blueprint = { source: SHOP };

const as = (token: string, path: string, body?: unknown): Asked => ({
  method: "POST",
  path,
  as: null,
  headers: { authorization: `Bearer ${token}`, "idempotency-key": KEY },
  ...(body === undefined ? {} : { body }),
});

/** Two pools with a launcher each, by the pool's name; `both` holds both, with a token for each pool alone. */
async function standing(): Promise<Stand> {
  const stand = await createStand();
  await stand.startEngine();
  await stand.store.write(async (tx) => {
    const [usual] = await tx.pools();
    const grants = (["web", "lab"] as const).map((pool) => ({ role: "launcher" as const, pool }));
    for (const grant of grants) {
      const { pool } = grant;
      await tx.putPool(samplePool({ name: pool, members: usual?.members ?? [] }));
      await tx.putUser({
        name: pool,
        enabled: true,
        groups: [],
        subject: null,
        claims: [],
        grants: [grant],
        limit: UNLIMITED,
        createdAt: 1,
      });
      await tx.putToken(sampleToken({ name: pool, hash: hashToken(pool), owner: pool, role: "admin" }));
    }
    await tx.putUser({
      name: "both",
      enabled: true,
      groups: [],
      subject: null,
      claims: [],
      grants,
      limit: UNLIMITED,
      createdAt: 1,
    });
    for (const { pool } of grants) {
      const name = `both-${pool}`;
      await tx.putToken(sampleToken({ name, hash: hashToken(name), owner: "both", role: "admin", pool }));
    }
  });
  return stand;
}

test("two people launch the same with the same key: each gets their own, and the same again", async () => {
  const stand = await standing();
  const body = { blueprint, name: "shop" };
  const webs = await stand.reply(Deployment, 201, as("web", "/v1/deployments", body));
  const labs = await stand.reply(Deployment, 201, as("lab", "/v1/deployments", body));
  expect([webs.pool, labs.pool]).toEqual(["web", "lab"]);
  expect((await stand.reply(Deployment, 200, as("lab", "/v1/deployments", body))).id).toBe(labs.id);
  const { detail } = await stand.problem("key_reused", as("lab", "/v1/deployments", { ...body, partial: true }));
  expect(detail).toContain(labs.id);
});

test("a launch again, and of a plan, with another's key is one's own", async () => {
  const stand = await standing();
  for (const token of ["web", "lab"]) {
    const { id } = await stand.reply(Plan, 200, as(token, "/v1/plan", { blueprint, name: "shop" }));
    const made = await stand.reply(Deployment, 201, as(token, `/v1/plans/${id}/apply`));
    await stand.clock.advance(20_000);
    await stand.reply(Deployment, 200, as(token, `/v1/deployments/${made.id}/stop`));
    await stand.clock.advance(60_000);
  }
  const headers = (token: string) => ({ authorization: `Bearer ${token}`, "idempotency-key": "once more" });
  for (const token of ["web", "lab"]) {
    const asked = { ...as(token, "/v1/deployments/shop/relaunch", {}), headers: headers(token) };
    expect((await stand.reply(Deployment, 201, asked)).pool).toBe(token);
    expect((await stand.reply(Deployment, 200, asked)).pool).toBe(token);
  }
});

test("a token that does not see what its user launched with the key is told so, and not what that is", async () => {
  const stand = await standing();
  const body = { blueprint };
  const { id } = await stand.reply(Deployment, 201, as("both-web", "/v1/deployments", body));
  for (const asked of [body, { ...body, partial: true }]) {
    const { detail } = await stand.problem("key_reused", as("both-lab", "/v1/deployments", asked));
    expect(detail).toMatch(/^This Idempotency-Key was used for a launch in a pool that token both-lab does not see; /);
    expect(detail).not.toContain(id);
  }
});
