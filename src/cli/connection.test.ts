import { readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { problem, runAt, standWith } from "./stand.samples.ts";

const NOWHERE = { SLIPWAY_CONFIG: "/nonexistent/config.json" };

describe("the way to the server", () => {
  test("without configuration says how to get one", async () => {
    const { exitCode, err } = await runAt(NOWHERE, ["ls"]);
    expect({ exitCode, lines: err.split("\n").length }).toEqual({ exitCode: 3, lines: 2 });
    expect(err).toMatch(/slipway serve.*slipway login.*SLIPWAY_URL/);
  });

  test("says when nobody is there", async () => {
    const env = { SLIPWAY_URL: "http://127.0.0.1:59999", SLIPWAY_TOKEN: "t", ...NOWHERE };
    const { exitCode, err } = await runAt(env, ["ls"]);
    expect(exitCode).toBe(3);
    expect(err).toMatch(/^slipway: cannot reach http:\/\/127.0.0.1:59999: is `slipway serve` running\? \(.+\)$/m);
  });

  test("says when the token is refused, and never prints it", async () => {
    await using stand = await standWith({
      "GET /v1/deployments?limit=50": problem("not_authenticated", "No valid token."),
    });
    const { exitCode, out, err } = await stand.run(["ls"]);
    expect({ exitCode, out, err }).toEqual({
      exitCode: 3,
      out: "",
      err: `slipway: ${stand.url} does not accept the token: run \`slipway login ${stand.url}\`, or set SLIPWAY_TOKEN\n`,
    });
    expect(stand.requests[0]?.headers.authorization).toBe("Bearer secret-token");
  });

  test("says when something else answers", async () => {
    await using stand = await standWith({ "GET /v1/deployments?limit=50": (response) => response.end("<html>") });
    const { exitCode, err } = await stand.run(["ls"]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/is the address right/);
  });

  test("a server that leads elsewhere is not followed with the token and what is sent", async () => {
    await using other = await standWith({});
    const location = `${other.url}/v1/accounts?token=pa55`;
    await using stand = await standWith({
      "POST /v1/accounts": (response) => response.writeHead(307, { location }).end(),
    });
    const { exitCode, err } = await stand.run("account add lab --provider sim --credential key=pa55".split(" "));
    expect(exitCode).toBe(3);
    expect(err).toContain(`leads to ${other.url} (status 307), and that is not followed`);
    expect(err).toContain(`slipway login ${other.url}\n`);
    expect(err).not.toContain("pa55");
    expect(other.requests).toEqual([]);
  });

  test.each(["http://ada:pa55@127.0.0.1:1", "http://:pa55@127.0.0.1:1"])(
    "an address with a password in it is refused and not repeated: %s",
    async (url) => {
      await using stand = await standWith({});
      for (const { exitCode, err } of [
        await stand.run(["login", url], { stdin: "t" }),
        await stand.run(["ls"], { env: { SLIPWAY_URL: url } }),
      ]) {
        expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining("may not hold a user name") });
        expect(err).not.toContain("pa55");
      }
    },
  );

  test("a reply that does not end is given up", async () => {
    const pouring = (response: ServerResponse): void => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024)));
      };
      response.on("drain", more).on("error", () => {});
      more();
    };
    await using stand = await standWith({ "GET /v1/deployments?limit=50": pouring });
    const { exitCode, err } = await stand.run(["ls"]);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining("is the address right") });
  });

  test("login tries the token, keeps it for its owner only and does not show it", async () => {
    await using stand = await standWith({});
    const { exitCode, out, err } = await stand.run(["login", `${stand.url}/`], { stdin: "fresh-token\n" });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain("as ada (admin)");
    expect(out).not.toContain("fresh-token");
    const file = join(stand.folder, "config.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ url: stand.url, token: "fresh-token" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("a file that was left open to others is closed, and told once", async () => {
    await using stand = await standWith({});
    const file = join(stand.folder, "config.json");
    await writeFile(file, JSON.stringify({ url: stand.url, token: "file-token" }), { mode: 0o644 });
    const env = { SLIPWAY_CONFIG: file };
    expect((await runAt(env, ["ls"])).err).toContain(`slipway: ${file} was open to other users of this machine`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await runAt(env, ["ls"])).err).not.toContain("open to other users");
  });

  test.each(["/proc/slipway/config.json", "/proc/self/status/config.json", "/proc/version"])(
    "a file that cannot be written is told with the remedy: %s",
    async (file) => {
      await using stand = await standWith({});
      const { exitCode, err } = await stand.run(["login", stand.url], { stdin: "t", env: { SLIPWAY_CONFIG: file } });
      expect(exitCode).toBe(2);
      expect(err).toMatch(new RegExp(`^slipway: cannot write ${file}: .+\n  .*SLIPWAY_CONFIG=FILE\n$`));
    },
  );

  test("a token from the file goes to the file's server only", async () => {
    await using stand = await standWith({});
    const file = join(stand.folder, "config.json");
    await writeFile(file, JSON.stringify({ url: "http://elsewhere:1", token: "file-token" }));
    const env = { SLIPWAY_URL: stand.url, SLIPWAY_CONFIG: file };
    const { exitCode, err } = await runAt(env, ["ls"]);
    expect({ exitCode, requests: stand.requests.length }).toEqual({ exitCode: 3, requests: 0 });
    expect(err).toContain("no token for");
    await writeFile(file, "{");
    expect((await runAt(env, ["ls"])).err).toContain("is damaged");
  });
});
