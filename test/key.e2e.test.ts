// The key of the data folder is changed for a new one, and all that was sealed goes on to be of use.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { slipway } from "./stage/command.ts";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { freshHome, startServer } from "./stage/server.ts";

const BLUEPRINT = `
slipway: 1
name: shop
parameters:
  password: { type: string, secret: true }
instances:
  db: { image: debian-12, profile: small, userData: "\${{ params.password }}" }
outputs:
  password: { value: "\${{ params.password }}", secret: true }
`;

test("with a new key the old one opens nothing any more, and accounts and secrets are as they were", async () => {
  const home = freshHome();
  const datacentre = await startDatacentre([quickCloud("east")]);
  onTestFinished(() => datacentre.stop());
  let server = await startServer({ home });
  onTestFinished(async () => void (await server.child.end("SIGKILL")));
  await server.addAccounts(datacentre, ["east"]);
  const { id } = await server.launch(BLUEPRINT, { parameters: { password: "correct horse" } });
  await server.reaches(id, ["running"]);
  const file = join(home, "data", "key");
  const before = readFileSync(file, "utf8");
  const rotate = (env: NodeJS.ProcessEnv = {}) => slipway(["key", "rotate"], { ...server.env, ...env });
  expect(await rotate()).toMatchObject({ code: 2, err: expect.stringContaining("in use by pid") });
  await server.child.end("SIGTERM");
  expect(readFileSync(file, "utf8")).toBe(before);

  const wrong = `${Buffer.alloc(32, 7).toString("base64")} ${Buffer.alloc(32, 8).toString("base64")}`;
  expect(await rotate({ SLIPWAY_KEY: wrong })).toMatchObject({
    code: 2,
    err: expect.stringContaining("does not hold the key that this database was begun with"),
  });
  expect(await rotate({ SLIPWAY_KEY: before.trim() })).toMatchObject({
    code: 2,
    err: expect.stringContaining("holds one key only"),
  });
  const rotated = await rotate();
  expect(rotated).toMatchObject({ code: 0, err: expect.stringMatching(/is new; [1-9]\d* values are sealed with it/) });
  const after = readFileSync(file, "utf8");
  expect(after).toMatch(/^\S{44}\n$/);
  expect(after).not.toBe(before);

  server = await startServer({ home });
  expect(await slipway(["account", "check", "east"], server.env)).toMatchObject({ code: 0 });
  expect((await slipway(["output", "shop", "password"], server.env)).out).toContain("correct horse");
  await server.child.end("SIGTERM");
  writeFileSync(file, before);
  expect(await slipway(["serve"], server.env)).toMatchObject({
    code: 2,
    err: expect.stringContaining("the key is not"),
  });
});
