import { expect, test } from "vitest";
import { z } from "zod";
import { Deployment } from "../../contract/deployment.ts";
import { EXPORT_COLUMNS, EXPORT_TABLES } from "../../contract/export.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

async function launched(stand: Stand, name: string): Promise<Deployment> {
  const made = await stand.reply(Deployment, 201, {
    method: "POST",
    path: "/v1/deployments",
    body: { blueprint: { source: SHOP }, name },
  });
  await stand.clock.advance(20_000);
  return stand.reply(Deployment, 200, { path: `/v1/deployments/${made.id}` });
}

async function textOf(stand: Stand, query: string): Promise<string> {
  const reply = await fetch(`${stand.url}/v1/export?${query}`, { headers: { authorization: "Bearer viewer" } });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8; header=present"]);
  return reply.text();
}

const Rows = z.array(z.record(z.string(), z.unknown()));

test("each table has a row for each, newest deployment first, in both formats", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const [old, young] = [await launched(stand, "old"), await launched(stand, "young")];
  for (const table of EXPORT_TABLES.filter((one) => one !== "audit")) {
    const lines = (await textOf(stand, `table=${table}`)).split("\r\n");
    expect(lines[0]).toBe(EXPORT_COLUMNS[table].join(","));
    const { status, body } = await stand.ask({ path: `/v1/export?table=${table}&format=json` });
    expect(status).toBe(200);
    const rows = Rows.parse(body);
    expect(lines).toHaveLength(rows.length + 2);
    for (const row of rows) expect(Object.keys(row)).toEqual([...EXPORT_COLUMNS[table]]);
    const of = rows.map((row) => row[table === "deployments" ? "id" : "deployment"]);
    expect([...new Set(of)]).toEqual([young.id, old.id]);
  }
  const { body } = await stand.ask({ path: "/v1/export?table=machines&format=json" });
  expect(Rows.parse(body).map(({ id }) => id)).toEqual([...young.machines, ...old.machines].map(({ id }) => id));
});

test("a span of time takes those that were asked for in it, and a pool its own", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const [old, young] = [await launched(stand, "old"), await launched(stand, "young")];
  const namesIn = async (query: string) => {
    const { body } = await stand.ask({ path: `/v1/export?table=deployments&format=json&${query}` });
    return Rows.parse(body).map(({ name }) => name);
  };
  expect(await namesIn(`from=${young.createdAt}`)).toEqual(["young"]);
  expect(await namesIn(`until=${young.createdAt}`)).toEqual(["old"]);
  expect(await namesIn(`from=${old.createdAt}`)).toEqual(["young", "old"]);
  expect(await namesIn("pool=default")).toEqual(["young", "old"]);
  expect((await stand.problem("bad_pool", { path: "/v1/export?table=machines&pool=nowhere" })).detail).toContain(
    "nowhere",
  );
  expect((await stand.problem("bad_request", { path: "/v1/export?table=secrets" })).detail).toContain("table");
});

test("an empty history is a table without rows", async () => {
  const stand = await createStand();
  expect(await textOf(stand, "table=attempts")).toBe(`${EXPORT_COLUMNS.attempts.join(",")}\r\n`);
  expect((await stand.ask({ path: "/v1/export?table=attempts&format=json" })).body).toEqual([]);
});
