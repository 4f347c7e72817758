// Output that finds no room: /dev/full refuses every byte, as a full disk does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { preparedFolder } from "../src/store/pglite.samples.ts";
import { freePort, ROOT } from "./stage/child.ts";
import { run } from "./stage/command.ts";
import { until } from "./stage/poll.ts";
import { freshHome } from "./stage/server.ts";

const SLIPWAY = join(ROOT, "bin/slipway");

describe.skipIf(!existsSync("/dev/full"))("output that finds no room", () => {
  test("is told by the command that should have written it", async () => {
    const { code, err } = await run("sh", ["-c", `${SLIPWAY} --help > /dev/full`]);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^slipway: standard output cannot be written: ENOSPC[^\n]*\n$/),
    });
  });

  test("of a reader who has seen enough is none", async () => {
    const { code, out, err } = await run("sh", ["-c", `{ ${SLIPWAY} --help; echo "ended with $?" >&2; } | head -n 1`]);
    expect({ code, err }).toEqual({ code: 0, err: "ended with 0\n" });
    expect(out).toMatch(/^Usage: slipway/);
  });

  test("keeps no server from its work, nor from its end", async () => {
    const home = freshHome();
    await preparedFolder(join(home, "data"));
    const port = await freePort();
    const env = { SLIPWAY_DATA: join(home, "data"), SLIPWAY_CONFIG: join(home, "config.json"), SLIPWAY_LOG: "debug" };
    const full = openSync("/dev/full", "w");
    const child = spawn(SLIPWAY, ["serve"], {
      env: { ...process.env, ...env, SLIPWAY_PORT: String(port) },
      stdio: ["ignore", full, full],
    });
    const isReady = (): Promise<true | null> =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => (ok ? true : null),
        () => null,
      );
    await until(isReady, { everyMs: 50 });
    child.kill("SIGTERM");
    const [code, signal] = await once(child, "exit");
    // Until a start is through, a signal ends it at once.
    expect([code, signal]).toEqual(signal === null ? [0, null] : [null, "SIGTERM"]);
  });
});
