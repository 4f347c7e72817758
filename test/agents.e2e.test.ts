// Agents on real processes, by the SDK's own client: over standard input and output, and over HTTP; each launches on a simulated cloud.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freePort, ROOT } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: debian-12, profile: small }
  web: { image: debian-12, profile: small, dependsOn: [db] }
`;

let datacentre: DatacentreStage;
let server: ServerStage;

beforeAll(async () => {
  datacentre = await startDatacentre([quickCloud("roomy")]);
  const env = { SLIPWAY_MCP_CHANGES: "on", SLIPWAY_MCP_MAX_HOURLY: "5" };
  server = await startServer({ home: freshHome(), port: await freePort(), env });
  await server.addAccounts(datacentre, ["roomy"]);
});

afterAll(async () => {
  await server?.child.end("SIGKILL");
  await datacentre?.stop();
});

async function launchBy(transport: Transport, name: string): Promise<void> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  try {
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain("launch");
    const call = async (tool: string, input: Record<string, unknown>) => {
      const { structuredContent, content, isError } = await client.callTool({ name: tool, arguments: input });
      expect([tool, isError ?? false, isError === true ? content : null]).toEqual([tool, false, null]);
      return z.record(z.string(), z.unknown()).parse(structuredContent);
    };
    const { id } = await call("plan", { blueprint: { source: SHOP }, name });
    await call("launch", { plan: id });
    const watched = await call("watch", { deployment: name, seconds: 60 });
    expect(watched).toMatchObject({ standing: "running", settled: true });
    expect(await call("explain", { deployment: name })).toMatchObject({
      standing: "running",
      instances: [],
      debt: null,
    });
    await call("stop", { deployment: name });
    expect(await call("watch", { deployment: name, seconds: 60 })).toMatchObject({ standing: "stopped" });
    const { isError, content } = await client.callTool({ name: "show", arguments: { deployment: "nobody" } });
    expect({ isError, content }).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("There is no deployment nobody") }],
    });
  } finally {
    await client.close();
  }
}

const own = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...process.env, ...server.env }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );

test("over standard input and output an agent launches what it has planned", async () => {
  const args = ["mcp", "--allow-changes", "--max-hourly", "5"];
  await launchBy(
    new StdioClientTransport({ command: join(ROOT, "bin/slipway"), args, env: own(), stderr: "inherit" }),
    "by-stdio",
  );
});

test("over HTTP as well", async () => {
  const requestInit = { headers: { authorization: `Bearer ${server.token}` } };
  await launchBy(new StreamableHTTPClientTransport(new URL("/v1/mcp", server.url), { requestInit }), "by-http");
});

test("without a spend cap agents that may change something stop, and launch nothing", async () => {
  const client = new Client({ name: "test", version: "1" });
  const args = ["mcp", "--allow-changes"];
  await client.connect(new StdioClientTransport({ command: join(ROOT, "bin/slipway"), args, env: own() }));
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect([names.includes("stop"), names.includes("launch")]).toEqual([true, false]);
  const refused = await client.callTool({ name: "launch", arguments: { plan: "0123456789abcdef" } });
  expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("launch") }] });
  await client.close();
});

test("without being told otherwise agents only read", async () => {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StdioClientTransport({ command: join(ROOT, "bin/slipway"), args: ["mcp"], env: own() }));
  const { tools } = await client.listTools();
  expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([]);
  await client.close();
});
