import { readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Event } from "../contract/event.ts";
import { at, CAPACITY, sampleAttempt, sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { problem, runAt, standWith } from "./stand.samples.ts";

const ID = sampleDeployment().id;
const NOWHERE = { SLIPWAY_CONFIG: "/nonexistent/config.json" };

/** An event as the stream tells it. */
function moved(no: number, to: "pending" | "running" | "failed" | "incomplete"): Event {
  const text = `Deployment: new → ${to}`;
  return { no, at: at(no), text, kind: "deployment_moved", from: "new", to, move: "launch_begun", reason: null };
}

/** A stream of these events; then it ends, or breaks off without an end. */
function streaming(events: readonly Event[], how: "end" | "break" | "stay" = "stay") {
  return (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 1000\n\n");
    for (const event of events) response.write(`event: step\nid: ${event.no}\ndata: ${JSON.stringify(event)}\n\n`);
    const last = events.at(-1)?.no ?? 0;
    if (how === "end")
      response.end(`event: end\ndata: ${JSON.stringify({ state: "failed", last, deleted: false })}\n\n`);
    if (how === "break") setImmediate(() => response.destroy());
  };
}

describe("the command line", () => {
  test.each([
    [["lanch"], "unknown command 'lanch' (did you mean launch?)"],
    [["account", "lst"], "unknown command 'lst' (did you mean ls?)"],
    [["launch"], "missing required argument 'blueprint'"],
    [["launch", "x.yaml", "--wtach"], "unknown option '--wtach' (did you mean --watch?)"],
    [["ls", "--limit", "0"], "--limit 0: must be a whole number from 1 to 500"],
    [["ls", "--state", "runing"], "--state runing: must be one of new, pending"],
    [["launch", "x.yaml", "--set", "novalue"], "--set novalue: must be NAME=VALUE"],
    [["launch", "x.yaml", "--set", "a=1", "--set", "a=2"], "--set: a is given twice"],
    [["pool", "set", "p"], "nothing to change"],
    [
      ["pool", "add", "p", "--member", "east,weight=101"],
      "--member weight 101: must be a whole number from -100 to 100",
    ],
    [["account", "add", "a", "--provider", "sim", "--group", "1"], "add --pool POOL"],
    [["account", "add", "a", "--provider", "sim", "--limit-cpu", "many"], "--limit-cpu many: must be a number"],
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
    expect(err).toMatch(/^slipway: cannot reach http:\/\/127.0.0.1:59999: is `slipway serve` running\?$/m);
  });

  test("says when the token is refused, and never prints it", async () => {
    await using stand = await standWith({
      "GET /v1/deployments?limit=50": problem("not_authenticated", "No valid token."),
    });
    const { exitCode, out, err } = await stand.run(["ls"]);
    expect({ exitCode, out, err }).toEqual({ exitCode: 3, out: "", err: "slipway: No valid token.\n" });
    expect(stand.requests[0]?.headers.authorization).toBe("Bearer secret-token");
  });

  test("says when something else answers", async () => {
    await using stand = await standWith({ "GET /v1/deployments?limit=50": (response) => response.end("<html>") });
    const { exitCode, err } = await stand.run(["ls"]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/is the address right/);
  });

  test("login tries the token, keeps it for its owner only and does not show it", async () => {
    const token = { name: "ada", role: "admin" };
    const about = { version: "1", installation: "i", embedded: true, providers: ["sim"], now: at(0), token };
    await using stand = await standWith({ "GET /v1/about": { json: about } });
    const { exitCode, out, err } = await stand.run(["login", `${stand.url}/`], { stdin: "fresh-token\n" });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain("as ada (admin)");
    expect(out).not.toContain("fresh-token");
    const file = join(stand.folder, "config.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ url: stand.url, token: "fresh-token" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

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

describe("launch", () => {
  const launched = { "POST /v1/deployments": { status: 201, json: sampleDeployment({ state: "new" }) } };
  const shown = (given: Parameters<typeof sampleDeployment>[0]) => ({ json: sampleDeployment(given) });

  test("sends the blueprint with its parameters and says what to do next", async () => {
    await using stand = await standWith(launched);
    const file = join(stand.folder, "cert.pem");
    await writeFile(file, "line\nlast\n");
    const argv = ["launch", "-", "--name", "shop", "--set", "size=a=b", "--set-file", `cert=@${file}`, "--partial"];
    const { exitCode, out } = await stand.run(argv, { stdin: "name: shop\n" });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/The launch of shop in pool default has begun.\n.*slipway watch shop\n.*slipway cancel shop\n/);
    expect(stand.requests[0]?.body).toEqual({
      blueprint: { source: "name: shop\n" },
      name: "shop",
      parameters: { size: "a=b", cert: "line\nlast" },
      partial: true,
    });
  });

  test("means a stored blueprint where there is no such file", async () => {
    await using stand = await standWith(launched);
    await stand.run(["launch", "shop@3"]);
    expect(stand.requests[0]?.body).toMatchObject({ blueprint: { name: "shop", version: 3 } });
    const { exitCode, err } = await stand.run(["launch", "missing.yaml"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: "slipway: cannot read missing.yaml: there is no such file\n",
    });
  });

  test("shows mistakes with their line and a caret", async () => {
    const errors = [
      { pointer: "/instances/db/cpus", line: 3, column: 5, detail: "instances.db.cpus is not known." },
      { pointer: "", detail: "no place" },
    ];
    await using stand = await standWith({
      "POST /v1/deployments": problem("bad_blueprint", "The blueprint has 2 mistakes.", { errors }),
    });
    const { exitCode, err } = await stand.run(["launch", "-"], { stdin: "instances:\n  db:\n\u001B\t  cpus: 2\r\n" });
    expect(exitCode).toBe(2);
    expect(err.split("\n")).toEqual([
      "slipway: standard input has 2 mistakes",
      "  at 3:5  instances.db.cpus is not known.",
      "      3 |     cpus: 2",
      "        |     ^",
      "  no place",
      "",
    ]);
  });

  test("asks again with the same key when the answer was lost", async () => {
    const lost = (response: ServerResponse) => response.destroy();
    await using stand = await standWith({ "POST /v1/deployments": [lost, launched["POST /v1/deployments"]] });
    expect((await stand.run(["launch", "shop"])).exitCode).toBe(0);
    const keys = stand.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
  });

  test.each([
    ["running", 0, ""],
    ["failed", 1, "slipway: shop is failed: db: no room\n  see slipway show shop\n"],
    ["incomplete", 4, "slipway: shop is incomplete: db: no room\n  see slipway show shop\n"],
  ] as const)(
    "--watch without a terminal prints a line per event and ends with %s as %i",
    async (state, code, told) => {
      const failure = state === "running" ? null : "db: no room";
      await using stand = await standWith({
        ...launched,
        [`GET /v1/deployments/${ID}`]: [shown({ state: "new", eventNo: 0 }), shown({ state, failure, eventNo: 2 })],
        [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, state)]),
      });
      const { exitCode, out, err } = await stand.run(["launch", "shop", "--watch"]);
      expect(out.split("\n").slice(0, 2)).toEqual([
        "  1  2026-11-22T10:00:01.000Z  Deployment: new → pending",
        `  2  2026-11-22T10:00:02.000Z  Deployment: new → ${state}`,
      ]);
      expect({ exitCode, err }).toEqual({ exitCode: code, err: told });
    },
  );

  test("--json prints one event per line and the deployment last", async () => {
    const done = sampleDeployment({ state: "running", eventNo: 1 });
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: { json: done },
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "running")]),
    });
    const { out } = await stand.run(["launch", "shop", "--watch", "--json"]);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([moved(1, "running"), done]);
    const waited = await stand.run(["launch", "shop", "--wait", "--json"]);
    expect(waited.out).toBe(`${JSON.stringify(done)}\n`);
  });

  test("goes on after the last event seen when the stream or the server breaks", async () => {
    const broken = (response: ServerResponse) => response.destroy();
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [
        shown({ eventNo: 1 }),
        problem("unavailable", "The database does not answer."),
        shown({ state: "running", eventNo: 3 }),
      ],
      [`GET /v1/deployments/${ID}/stream`]: [
        streaming([moved(1, "pending")], "break"),
        broken,
        streaming([moved(2, "pending"), moved(3, "running")]),
      ],
    });
    const { exitCode, out, err } = await stand.run(["launch", "shop", "--watch"]);
    expect(exitCode).toBe(0);
    expect(out.match(/10:00:0\d/g)).toEqual(["10:00:01", "10:00:02", "10:00:03"]);
    const streams = stand.requests.filter(({ url }) => url.endsWith("/stream"));
    expect(streams.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1", "1"]);
    expect(err).toContain("trying again");
    expect(err).toContain("in contact with");
  });

  test("Ctrl-C leaves the launch running and says how to go on", async () => {
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: shown({ eventNo: 1 }),
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending")]),
    });
    const { exitCode, err } = await stand.run(["launch", "shop", "--watch"], { interruptAt: "pending" });
    expect(exitCode).toBe(130);
    expect(err).toBe("shop goes on.\n  watch it:   slipway watch shop\n  cancel it:  slipway cancel shop\n");
    expect(stand.requests.filter(({ method }) => method !== "GET")).toHaveLength(1);
  });

  test("a live tree leaves its last state on the terminal and the cursor visible", async () => {
    const instances = [sampleInstance({ state: "running", ready: true })];
    const attempts = [sampleAttempt({ outcome: "succeeded", endedAt: at(3) })];
    const done = sampleDeployment({ state: "running", eventNo: 2, instances, attempts, allRunningAt: at(3) });
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [shown({ eventNo: 1 }), { json: done }],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, "running")]),
    });
    const { exitCode, out } = await stand.run(["launch", "shop", "--watch", "--details"], {
      columns: 60,
      env: { NO_COLOR: "1" },
    });
    expect(exitCode).toBe(0);
    expect(out.startsWith("\u001B[?25l")).toBe(true);
    const last = out.slice(out.lastIndexOf("\r") + 1).replace(/^\p{Cc}\[\d+A/u, "");
    expect(last.split("\n")).toEqual([
      "● shop  running  3 s\u001B[K",
      "  ● attempt 1 at east (east-1) succeeded after 3 s\u001B[K",
      "  ● db  running, ready\u001B[K",
      "All ready, $0.0000 per hour\u001B[K",
      "\u001B[J\u001B[?25h",
    ]);
    expect(out).toContain("Deployment: new → pending");
    for (const colour of ["1m", "31m", "32m", "36m"]) expect(out).not.toContain(`\u001B[${colour}`);
  });
});

describe("reading", () => {
  test("an empty list says what to do next", async () => {
    const empty = { "GET /v1/deployments?limit=50": { json: { deployments: [], next: null } } };
    await using stand = await standWith({ ...empty, "GET /v1/accounts": { json: { accounts: [] } } });
    expect((await stand.run(["ls"])).out).toContain("slipway account add --help");
  });

  test("show tells all, with commands to paste", async () => {
    const failedAt = { outcome: "failed", endedAt: at(42), reason: "db: no room for m.large" } as const;
    const deployment = sampleDeployment({
      state: "incomplete",
      since: at(90),
      failure: "app: no room for m.large",
      attempts: [sampleAttempt(failedAt)],
      instances: [
        sampleInstance({
          state: "running",
          ready: true,
          machine: "m",
          size: "small",
          hourlyCost: 0.04,
          externalId: "i-1",
        }),
        sampleInstance({ name: "app", state: "create_failed", fault: CAPACITY, retryable: true }),
      ],
      parameters: { count: 3, password: null },
      cost: { total: 0.5, perHour: 0.04, failedAttempts: 0.1 },
      debt: { count: 1, perHour: 0.02, total: 0.01 },
      actions: ["stop"],
    });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json: deployment } });
    const { out } = await stand.run(["show", "shop"]);
    expect(out.split("\n")).toEqual([
      "◒ shop  incomplete  1 min 30 s, $0.5000 so far",
      "  ✗ attempt 1 at east (east-1) failed after 42 s: db: no room for m.large",
      "  ● db   running, ready",
      "  ✗ app  create_failed, no room for m.large",
      "Reason: app: no room for m.large. Machines: 1 not proven gone, at $0.0200 per hour; Slipway goes on trying",
      "",
      "INSTANCE  SIZE   IMAGE      PRIVATE  PUBLIC  PER HOUR  AT THE CLOUD",
      "db        small  debian-13  -        -        $0.0400  i-1",
      "",
      "Parameters:",
      "  count = 3",
      "  password = (secret)",
      "",
      expect.stringMatching(/^Launched by ada .* from shop in pool default; id 0123456789ab$/),
      "Cost: $0.5000 so far, of that $0.1000 for attempts that failed; $0.0400 per hour now",
      "Debt: 1 not proven gone, $0.0100 so far, $0.0200 per hour: slipway debt ls",
      "Possible now:",
      "  slipway stop shop       # undo all machines",
      "  slipway retry shop app  # try app again",
      "",
    ]);
  });

  test("a name that means several is refused with the ids", async () => {
    const candidates = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"];
    await using stand = await standWith({
      "GET /v1/deployments/shop": problem("ambiguous_name", "Two deployments are called shop.", { candidates }),
    });
    const { exitCode, err } = await stand.run(["show", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "slipway: Two deployments are called shop.\n  name it by its id: aaaaaaaaaaaa, bbbbbbbbbbbb\n",
    });
  });

  test("events come page by page", async () => {
    const base = `GET /v1/deployments/${ID}/events`;
    await using stand = await standWith({
      "GET /v1/deployments/shop": { json: sampleDeployment() },
      [`${base}?after=1&limit=5000`]: { json: { events: [moved(2, "pending")], last: 3 } },
      [`${base}?after=2&limit=5000`]: { json: { events: [moved(3, "failed")], last: 3 } },
    });
    const { exitCode, out } = await stand.run(["events", "shop", "--after", "1"]);
    expect({ exitCode, lines: out.trimEnd().split("\n").length }).toEqual({ exitCode: 0, lines: 2 });
  });

  test("events -f ends with the deployment", async () => {
    await using stand = await standWith({
      "GET /v1/deployments/shop": { json: sampleDeployment() },
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, "failed")], "end"),
    });
    const { exitCode, out } = await stand.run(["events", "-f", "shop", "--json"]);
    expect({ exitCode, lines: out.trimEnd().split("\n").length }).toEqual({ exitCode: 0, lines: 2 });
  });
});

describe("asking", () => {
  test.each([
    [["cancel", "shop"], "failed", 0],
    [["cancel", "shop"], "running", 1],
    [["stop", "shop"], "stopped", 0],
    [["retry-rollback", "shop"], "failed", 0],
    [["retry-rollback", "shop"], "rollback_failed", 1],
    [["retry", "shop", "db"], "incomplete", 4],
  ] as const)("%j --wait that ends %s exits with %i", async (argv, state, code) => {
    const [verb, ...rest] = argv;
    const below = rest.length > 1 ? `instances/${rest[1]}/${verb}` : verb;
    const shown = { json: sampleDeployment({ state, eventNo: 1, instances: [] }) };
    await using stand = await standWith({
      [`POST /v1/deployments/shop/${below}`]: shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
    });
    expect((await stand.run([...argv, "--wait"])).exitCode).toBe(code);
  });

  test("a delete that comes too early says how to stop first", async () => {
    const refusal = problem("not_in_this_state", "Deployment shop is running.");
    await using stand = await standWith({ "DELETE /v1/deployments/shop": refusal });
    const { exitCode, err } = await stand.run(["rm", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "slipway: Deployment shop is running.\n  stop and delete it: slipway rm --stop shop\n",
    });
  });
});

describe("accounts", () => {
  test("credentials come from standard input and settings are JSON where they read so", async () => {
    await using stand = await standWith({ "POST /v1/accounts": problem("bad_account", "endpoint: is missing.") });
    const argv = [
      "account",
      "add",
      "lab",
      "--provider",
      "sim",
      "--set",
      "latencyMs=5",
      "--set",
      'id="7"',
      "--set",
      "zone=a",
    ];
    const { exitCode } = await stand.run([...argv, "--credential", "key=-"], { stdin: "hidden\n" });
    expect(exitCode).toBe(2);
    expect(stand.requests[0]?.body).toMatchObject({
      settings: { latencyMs: 5, id: "7", zone: "a" },
      credentials: { key: "hidden" },
    });
  });
});
