import { expect, test } from "vitest";
import { standWith } from "../stand.samples.ts";

const line = (id: number, method: string, params: object) =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
const HELLO = line(1, "initialize", {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
});

test("a cap without changes is told at once", async () => {
  await using stand = await standWith({});
  expect(await stand.run(["mcp", "--max-hourly", "5"])).toMatchObject({
    exitCode: 2,
    err: "slipway: --max-hourly says nothing where nothing may be launched: give --allow-changes as well\n",
  });
});

test("without a server that is known it does not begin", async () => {
  await using stand = await standWith({});
  const { exitCode, err, out } = await stand.run(["mcp"], { env: { SLIPWAY_URL: "" } });
  expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
  expect(err).toContain("no server is known");
});

test("it ends with its input, and writes the protocol alone", async () => {
  await using stand = await standWith({});
  const { exitCode, out, err } = await stand.run(["mcp"], { stdin: Buffer.from(HELLO) });
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(
    out
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text)),
  ).toMatchObject([{ id: 1, result: { serverInfo: { name: "slipway" } } }]);
});
