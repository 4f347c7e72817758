// deploy/compose.yaml as Debian's docker-compose reads it.

import { expect, test } from "vitest";
import { run } from "./stage/command.ts";

const config = (env: NodeJS.ProcessEnv) =>
  run("docker-compose", ["--file", "deploy/compose.yaml", "config", "--services"], env);

test("docker-compose finds nothing wrong with it, and demands the passwords", async () => {
  const given = { POSTGRES_PASSWORD: "one", GRAFANA_PASSWORD: "other" };
  const { code, out, err } = await config(given);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const services = ["grafana", "postgres", "prometheus", "server", "worker-1", "worker-2"];
  expect(out.trim().split("\n").toSorted()).toEqual(services);
  for (const name of Object.keys(given)) {
    expect(await config({ ...given, [name]: "" })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/set it in deploy\/\.env/),
    });
  }
});
