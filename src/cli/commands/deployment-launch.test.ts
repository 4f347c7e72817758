import { writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { STUCK_TRIES } from "../../contract/deployment.ts";
import type { ProblemError } from "../../contract/problem.ts";
import {
  at,
  sampleAttempt,
  sampleDeployment,
  sampleInstance,
  sampleParameter,
  samplePlan,
} from "../replies.samples.ts";
import { eventHead, moved, problem, type Script, standWith, streaming } from "../stand.samples.ts";

const ID = sampleDeployment().id;

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

  describe("a mistake in a parameter is told by the argument that made it", () => {
    const declared = { pointer: "/parameters/size", parameter: "size", line: 4, column: 3 };
    const wrong = { ...declared, detail: 'parameters.size must be a whole number, not "x".' };
    const refusing = (errors: readonly ProblemError[]) => ({
      "POST /v1/deployments": problem("bad_blueprint", "The parameters have mistakes.", { errors: [...errors] }),
    });

    test.each<{ what: string; argv: readonly string[]; errors: readonly ProblemError[]; err: string }>([
      {
        what: "--set",
        argv: ["--set", "size=x"],
        errors: [wrong],
        err: 'slipway: --set size must be a whole number, not "x".\n',
      },
      {
        what: "--set-file",
        argv: ["--set-file", "size=/dev/null"],
        errors: [wrong],
        err: 'slipway: --set-file size=/dev/null must be a whole number, not "x".\n',
      },
      {
        what: "neither, when it is missing",
        argv: [],
        errors: [{ ...declared, detail: "parameters.size has no value: give one." }],
        err:
          "slipway: parameter size has no value: give one.\n" +
          "  give it with --set size=VALUE, or --set-file size=FILE when it is secret or long\n",
      },
      {
        what: "where it is used",
        argv: ["--set", "size=x"],
        errors: [{ ...declared, detail: 'instances.db.profile names the profile "x", which does not exist.' }],
        err: 'slipway: --set size: instances.db.profile names the profile "x", which does not exist.\n',
      },
      {
        what: "each of several",
        argv: ["--set", "size=x", "--set", "sise=1"],
        errors: [wrong, { ...declared, parameter: "sise", detail: "parameters.sise is no parameter." }],
        err:
          "slipway: the parameters of standard input have 2 mistakes\n" +
          '  --set size must be a whole number, not "x".\n  --set sise is no parameter.\n',
      },
      {
        what: "a default that does not do",
        argv: [],
        errors: [{ ...declared, line: 1, column: 1, detail: "instances.db.profile names no profile." }],
        err:
          "slipway: standard input has a mistake\n  at 1:1  instances.db.profile names no profile.\n" +
          "  another value would mend it: give it with --set size=VALUE, or --set-file size=FILE when it is secret or long\n",
      },
    ])("$what", async ({ argv, errors, err }) => {
      await using stand = await standWith(refusing(errors));
      expect(await stand.run(["launch", "-", ...argv], { stdin: "\n" })).toEqual({ exitCode: 2, out: "", err });
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

  test("of what no account of the pool offers is refused with the line, and goes ahead with --anyway", async () => {
    const detail =
      'instances.db.image names the image "debain", which no account of pool prod offers: did you mean "debian"?';
    const errors = [{ pointer: "/instances/db/image", line: 1, column: 8, detail }];
    await using stand = await standWith({
      "POST /v1/deployments": [
        problem("not_offered", `Line 1: ${detail}`, { errors }),
        launched["POST /v1/deployments"],
      ],
    });
    expect(await stand.run(["launch", "-"], { stdin: "image: debain" })).toEqual({
      exitCode: 2,
      out: "",
      err: [
        "slipway: standard input has a mistake",
        `  at 1:8  ${detail}`,
        "      1 | image: debain",
        "        |        ^",
        "  an image that is there by now is found after a minute at most",
        "  a size that is there by now, after an hour at most, and at once with: slipway account check NAME",
        "  to launch it all the same: slipway launch --anyway",
        "",
      ].join("\n"),
    });
    expect((await stand.run(["launch", "-", "--anyway"], { stdin: "image: debain" })).exitCode).toBe(0);
    expect(stand.requests.map(({ body }) => body)).toEqual([
      { blueprint: { source: "image: debain" }, parameters: {} },
      { blueprint: { source: "image: debain" }, parameters: {}, anyway: true },
    ]);
  });

  describe("at a terminal, with a secret to be asked for", () => {
    const secret = { ...sampleParameter("key"), secret: true, required: true };
    const checked = { name: "shop", parameters: [secret], instances: [], outputs: [], warnings: [], checkedAt: [] };
    const wrong = {
      pointer: "/parameters/size",
      parameter: "size",
      line: 4,
      column: 3,
      detail: "parameters.size is wrong.",
    };
    const missing = { ...wrong, pointer: "/parameters/key", parameter: "key", detail: "parameters.key has no value." };
    const detail = 'instances.db.image names the image "debain", which no account offers: did you mean "debian"?';
    const typo = { pointer: "/instances/db/image", line: 1, column: 8, detail };
    const script = (plan: Script[string]): Script => ({
      ...launched,
      "POST /v1/blueprints/check": { json: checked },
      "GET /v1/blueprints/shop": {
        json: { ...checked, version: 1, createdAt: at(0), createdBy: "ann", source: "x", outline: checked },
      },
      "POST /v1/plan": plan,
    });
    const launch = async (plan: Script[string], ...argv: string[]) => {
      await using stand = await standWith(script(plan));
      const { exitCode, err } = await stand.run(["launch", "shop", ...argv], { typed: "hush hush\r" });
      const isLaunched = stand.requests.some(({ url }) => url === "/v1/deployments");
      return { exitCode, isAsked: err.includes("key (not shown)"), isLaunched, err };
    };

    test.each([
      {
        what: "what no account offers",
        plan: { json: samplePlan({ notOffered: [typo] }) },
        argv: [],
        says: 'did you mean "debian"?',
      },
      {
        what: "a wrong value",
        plan: { json: samplePlan({ mistakes: [missing, wrong] }) },
        argv: ["--set", "size=x"],
        says: "--set size is wrong.",
      },
      {
        what: "a wrong value that decides what is asked for",
        plan: problem("bad_blueprint", "parameters.size is wrong.", { errors: [missing, wrong] }),
        argv: ["--set", "size=x"],
        says: "--set size is wrong.",
      },
      {
        what: "a pool that is not there",
        plan: problem("bad_pool", "pool: no prod", { errors: [{ pointer: "/pool", detail: "no prod" }] }),
        argv: ["--pool", "prod"],
        says: "slipway: --pool: no prod",
      },
    ])("$what is told before that", async ({ plan, argv, says }) => {
      const { err, ...rest } = await launch(plan, ...argv);
      expect(err).toContain(says);
      expect(rest).toEqual({ exitCode: 2, isAsked: false, isLaunched: false });
    });

    test("asks when nothing is in the way, or it is wanted anyway", async () => {
      const done = { exitCode: 0, isAsked: true, isLaunched: true };
      const open = problem("bad_blueprint", "parameters.key has no value.", { errors: [missing] });
      const fine = { json: samplePlan() };
      expect(await launch([{ json: samplePlan({ mistakes: [missing] }) }, fine])).toMatchObject(done);
      expect(await launch([open, fine])).toMatchObject(done);
      expect(await launch({ json: samplePlan({ notOffered: [typo] }) }, "--anyway")).toMatchObject(done);
    });
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
    ["failed", 1, "slipway: shop has failed: db: no room\n  see slipway show shop\n"],
    ["incomplete", 4, "slipway: shop is incomplete: db: no room\n  see slipway show shop\n"],
  ] as const)(
    "--watch without a terminal prints a line per event and ends with %s as %i",
    async (state, code, told) => {
      const failure = state === "running" ? null : "db: no room";
      await using stand = await standWith({
        ...launched,
        [`GET /v1/deployments/${ID}`]: [
          shown({ state: "new", eventNo: 0 }),
          shown({ state, failure, eventNo: 2, instances: [sampleInstance({ state: "create_failed" })] }),
        ],
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

  test("waits for what cannot go on for seconds, and leaves what cannot for minutes", async () => {
    const held = (tries: number) => ({ text: "a mistake of its own", since: at(1), tries, nextTryAt: at(300) });
    const parkedEvent = (no: number, tries: number) =>
      ({ ...eventHead(no), text: "Slipway cannot go on", kind: "parked", because: "a mistake", tries }) as const;
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [
        shown({ eventNo: 1, parked: held(1) }),
        shown({ eventNo: 2, parked: held(STUCK_TRIES) }),
      ],
      [`GET /v1/deployments/${ID}/stream`]: streaming([parkedEvent(1, 1), parkedEvent(2, STUCK_TRIES)]),
    });
    const { exitCode, out, err } = await stand.run(["launch", "shop", "--watch"]);
    expect({ exitCode, events: out.match(/10:00:0\d/g)?.length }).toEqual({ exitCode: 1, events: 2 });
    expect(err).toContain(
      "slipway: shop is being launched: Slipway cannot go on with it, and goes on trying: a mistake of its own\n",
    );
  });

  test("waits on while a stuck rollback looks for another account, and leaves when it does not any more", async () => {
    const debt = { count: 1, perHour: 0.04, total: 0, unpriced: 0, why: "db: it is locked" };
    const stuck = (eventNo: number, seeksUntil: string | null) =>
      shown({ eventNo, state: "rollback_failed", standing: "rollback_failed", debt, seeksUntil });
    const ended = { ...eventHead(2), text: "No other account", kind: "seeking_ended", reason: null } as const;
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [stuck(1, at(3_600)), stuck(2, null)],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), ended]),
    });
    const { exitCode, out } = await stand.run(["launch", "shop", "--watch"]);
    expect({ exitCode, events: out.match(/10:00:0\d/g)?.length }).toEqual({ exitCode: 5, events: 2 });
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

  test("a live tree shows what changes without a step", async () => {
    const waiting = (probeAnswer: string | null) =>
      shown({
        eventNo: 1,
        instances: [
          sampleInstance({
            state: "running",
            step: "ready",
            stepSince: at(1),
            readiness: { kind: "tcp", port: 22 },
            probeAnswer,
          }),
        ],
      });
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [waiting(null), waiting("connection refused")],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending")]),
    });
    const { exitCode, out } = await stand.run(["launch", "shop", "--watch"], {
      columns: 100,
      tickAt: "waiting for port 22",
      interruptAt: "last answer: connection refused",
    });
    expect([exitCode, out]).toEqual([130, expect.stringContaining("last answer: connection refused")]);
  });

  test("a live tree leaves its last state on the terminal and the cursor visible", async () => {
    const instances = [sampleInstance({ state: "running", ready: true })];
    const attempts = [sampleAttempt({ outcome: "succeeded", endedAt: at(3) })];
    const done = shown({ state: "running", eventNo: 2, instances, attempts, allRunningAt: at(3) });
    await using stand = await standWith({
      ...launched,
      [`GET /v1/deployments/${ID}`]: [shown({ eventNo: 1 }), done],
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
      "\u001B[K● shop  running after 3 s",
      "\u001B[K  ● attempt 1 at east (east-1) succeeded after 3 s",
      "\u001B[K  ● db  running, ready",
      "\u001B[KAll ready, $0.0000 per hour",
      "\u001B[J\u001B[?25h",
    ]);
    expect(out).toContain("Deployment: new → pending");
    for (const colour of ["1m", "31m", "32m", "36m"]) expect(out).not.toContain(`\u001B[${colour}`);
  });
});
