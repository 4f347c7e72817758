// Two keys side by side: what is there is sealed anew while a server works with both.

import { expect, onTestFinished, test, vi } from "vitest";
import { ownDatabase } from "../src/store/postgres.samples.ts";
import { slipway } from "./stage/command.ts";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 240_000 });

const OLD = Buffer.alloc(32, 1).toString("base64");
const NEW = Buffer.alloc(32, 2).toString("base64");

test("the key is changed without a pause: first both, then a rotation beside the server, then the new one alone", async () => {
  const database = await ownDatabase();
  onTestFinished(() => database.drop());
  const datacentre = await startDatacentre([quickCloud("east")]);
  onTestFinished(() => datacentre.stop());
  const home = freshHome();
  const on = async (SLIPWAY_KEY: string): Promise<ServerStage> => {
    const server = await startServer({ home, env: { DATABASE_URL: database.url, SLIPWAY_KEY } });
    onTestFinished(async () => void (await server.child.end("SIGKILL")));
    return server;
  };
  const first = await on(OLD);
  await first.addAccounts(datacentre, ["east"]);
  await first.child.end("SIGTERM");

  const both = await on(`${NEW}\n${OLD}`);
  expect(await slipway(["account", "check", "east"], both.env)).toMatchObject({ code: 0 });
  const rotated = await slipway(["key", "rotate"], both.env);
  expect(rotated).toMatchObject({
    code: 0,
    err: expect.stringContaining("are sealed with the first key of SLIPWAY_KEY"),
  });
  expect(await slipway(["account", "check", "east"], both.env)).toMatchObject({ code: 0 });
  await both.child.end("SIGTERM");

  const last = await on(NEW);
  expect(await slipway(["account", "check", "east"], last.env)).toMatchObject({ code: 0 });
});
