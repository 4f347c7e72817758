import { describe, expect, test } from "vitest";
import { runAt, standWith } from "./stand.samples.ts";

const NOWHERE = { SLIPWAY_CONFIG: "/nonexistent/config.json" };

describe("the command line", () => {
  test.each([
    [["lanch"], "unknown command 'lanch' (did you mean launch?)"],
    [["account", "lst"], "unknown command 'lst' (did you mean ls?)"],
    [["destroy", "shop"], "unknown command 'destroy' (did you mean stop or rm?)\n  see slipway --help"],
    [["delete", "shop"], "unknown command 'delete' (did you mean rm?)"],
    [["status"], "unknown command 'status' (did you mean ls?)"],
    [["validate", "shop.yaml"], "unknown command 'validate' (did you mean blueprint check?)"],
    [
      ["blueprint", "validate", "x"],
      "unknown command 'validate' (did you mean check?)\n  see slipway blueprint --help",
    ],
    [["account", "delete", "lab"], "unknown command 'delete' (did you mean rm?)"],
    [["profile", "create", "big"], "unknown command 'create' (did you mean add?)"],
    [["accounts"], "unknown command 'accounts' (did you mean account ls?)"],
    [["constructor"], "unknown command 'constructor'\n"],
    [["launch"], "say what to launch"],
    [["launch", "x.yaml", "--wtach"], "unknown option '--wtach' (did you mean --watch?)"],
    [["ls", "--limit", "0"], "--limit 0: must be a whole number from 1 to 500"],
    [["ls", "--state", "runing"], '--state runing: did you mean "running"? It must be one of new, pending'],
    [["launch", "x.yaml", "--set", "novalue"], "--set novalue: must be NAME=VALUE"],
    [["launch", "x.yaml", "--set", "a=1", "--set", "a=2"], "--set: a is given twice"],
    [["launch", "shop", "--hold", "8d"], "--hold 8d: must be a duration from 1s to 7d"],
    [["plan", "shop", "--hold", "10"], "--hold 10: must be a duration from 1s to 7d"],
    [["relaunch", "shop", "--hold", "500ms"], "--hold 500ms: must be a duration from 1s to 7d"],
    [["pool", "set", "p"], "nothing to change: name an option; slipway pool set --help lists them"],
    [
      ["pool", "add", "p", "--member", "east,weight=101"],
      "--member weight 101: must be a whole number from -100 to 100",
    ],
    [["account", "add", "a", "--provider", "sim", "--group", "1"], "add --pool POOL"],
    [["account", "add", "a", "--provider", "sim", "--limit-cpu", "many"], "--limit-cpu many: must be a number"],
    [["account", "set", "a", "--limit-instances", "99999999999"], "must be a whole number from 0 to 1000000000"],
    [["user", "set", "ada", "--limit-instances", "2.5"], "--limit-instances 2.5: must be a whole number from 0"],
    [["pool", "set", "p", "--user-limit-deployments", "0.5"], "--user-limit-deployments 0.5: must be a whole number"],
    [["user", "set", "a", "--limit-family", "accelerators/h100=1.5"], "accelerators/h100 1.5: must be a whole number"],
    [["user", "set", "ada", "--limit-family", "cpu"], "--limit-family cpu: must be NAME=N, such as"],
    [["blueprint", "check", "/dev/zero"], "/dev/zero is larger than 1 MiB"],
    [["blueprint", "show", "./shop.yaml"], "cannot read ./shop.yaml"],
    [["debt", "retry"], "name machines, or give --all"],
  ])("refuses %j with exit code 2 and no request", async (argv, text) => {
    await using stand = await standWith({});
    const { exitCode, out, err } = await stand.run(argv);
    expect(err).toContain(`slipway: `);
    expect(err).toContain(text);
    expect({ exitCode, out, requests: stand.requests }).toEqual({ exitCode: 2, out: "", requests: [] });
  });

  test("lists every command, and every command has its own help with an example", async () => {
    const { out, exitCode } = await runAt(NOWHERE, ["--help"]);
    expect(exitCode).toBe(0);
    const commandsIn = (help: string) =>
      [...help.replace(/Exit codes:.*/s, "").matchAll(/^ {2}([a-z-]+) .* {2,}\S/gm)].map(([, name = ""]) => name);
    const names = commandsIn(out);
    expect(names).toEqual(expect.arrayContaining(["serve", "work", "migrate", "launch", "plan", "debt", "login"]));
    for (const name of names) {
      const help = await runAt(NOWHERE, [name, "--help"]);
      const verbs = commandsIn(help.out);
      const isNoun = help.out.includes("Commands:");
      const pages = isNoun ? await Promise.all(verbs.map((verb) => runAt(NOWHERE, [name, verb, "--help"]))) : [help];
      expect(
        pages.filter((page) => !/Examples?:\n {2}slipway /.test(page.out)),
        name,
      ).toEqual([]);
    }
  });

  test("passes on the exit code of the server's parts", async () => {
    expect((await runAt(NOWHERE, ["work"])).exitCode).toBe(7);
  });
});
