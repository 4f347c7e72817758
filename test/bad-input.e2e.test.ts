// Every kind of mistake that a person makes, on real processes: one clear error with its place, and nothing left behind.

import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runAt } from "../src/cli/stand.samples.ts";
import { Plan } from "../src/contract/plan.ts";
import { Problem } from "../src/contract/problem.ts";
import { slipway } from "./stage/command.ts";
import { MISTAKES, type MistakeCase } from "./stage/mistakes.ts";
import { freshHome, type Route, type ServerStage, startServer } from "./stage/server.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-wrong-"));
const home = freshHome();
const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER_KEY = Buffer.alloc(32, 2).toString("base64");
let server: ServerStage;

beforeAll(async () => {
  server = await startServer({ home, env: { SLIPWAY_KEY: KEY } });
  mkdirSync(join(folder, "damaged/database"), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "damaged/database/PG_VERSION"), "what is this");
  writeFileSync(join(folder, "file"), "");
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
});

const LAUNCH = "POST /v1/deployments";

const fileOf = ({ what }: MistakeCase): string => join(folder, `${what.replaceAll(" ", "-")}.yaml`);

async function refusal(route: Route, body: unknown, headers?: Record<string, string>) {
  const reply = await server.ask(route, body, headers);
  expect(reply.headers.get("content-type")).toBe("application/problem+json");
  const problem = Problem.parse(await reply.json());
  expect(problem.status).toBe(reply.status);
  return problem;
}

describe("a mistake in a blueprint or its parameters", () => {
  test.each(MISTAKES)("over HTTP: $what", async ({ what, source, parameters, isSparedByPlan, says, ...place }) => {
    const { pointer, line, column } = place;
    if (isSparedByPlan === true) {
      const { mistakes } = Plan.parse(
        await (await server.ask("POST /v1/plan", { blueprint: { source }, parameters })).json(),
      );
      expect(mistakes).toMatchObject([{ pointer, line, column, detail: expect.stringMatching(says) }]);
    }
    const routes: readonly Route[] = isSparedByPlan === true ? [LAUNCH] : [LAUNCH, "POST /v1/plan"];
    for (const route of routes) {
      const problem = await refusal(route, { blueprint: { source }, parameters });
      // A value that is wrong is no mistake of the blueprint.
      const code =
        /^\/parameters\/[^/]+$/.test(pointer) && what.endsWith(" parameter") ? "bad_parameter" : "bad_blueprint";
      expect(problem).toMatchObject({ status: 400, code, errors: [{ pointer, line, column }] });
      expect(problem.errors).toHaveLength(1);
      expect(problem.errors[0]?.detail).toMatch(says);
      expect(problem.detail).toMatch(says);
    }
  });

  test.each(MISTAKES)("on the command line: $what", async (mistake) => {
    const { source, parameters, pointer, line, column, says } = mistake;
    const file = fileOf(mistake);
    writeFileSync(file, source);
    const given = Object.entries(parameters).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const { exitCode, out, err } = await runAt(server.env, ["launch", file, ...given]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(says);
    const [title, place, quoted = "", caret = "", ...more] = err.trimEnd().split("\n");
    const [, parameter] = /^\/parameters\/([^/]+)$/.exec(pointer) ?? [];
    // What was typed, or was not, is put right on the command line: the line of its declaration is of no help there.
    if (parameter !== undefined) {
      const isGiven = Object.hasOwn(parameters, parameter);
      expect(title).toMatch(isGiven ? `slipway: --set ${parameter} ` : `slipway: parameter ${parameter} `);
      expect(place).toEqual(isGiven ? undefined : expect.stringContaining(`--set ${parameter}=VALUE`));
      return;
    }
    expect(title).toBe(`slipway: ${file} has a mistake`);
    expect(place).toMatch(new RegExp(`^  at ${line}:${column}  `));
    expect(more).toEqual([]);
    // The caret stands below the letter that the place names.
    const gutter = quoted.indexOf("| ") + 2;
    expect(quoted.slice(gutter)).toBe((source.split("\n")[line - 1] ?? "").replaceAll("\t", " "));
    expect(caret.indexOf("^") - gutter).toBe(column - 1);
  });
});

const GOOD = { source: "slipway: 1\nname: good\ninstances:\n  web: { image: debian-12, profile: small }\n" };

describe("a request that is not right", () => {
  test.each([
    { what: "an unknown field", body: { blueprint: GOOD, poool: "default" }, pointer: "/poool", code: "unknown_field" },
    {
      what: "a field of the wrong type",
      body: { blueprint: GOOD, partial: "yes" },
      pointer: "/partial",
      code: "bad_request",
    },
    { what: "a field that is missing", body: { name: "shop" }, pointer: "/blueprint", code: "bad_request" },
    { what: "a name that is none", body: { blueprint: GOOD, name: "No Name!" }, pointer: "/name", code: "bad_name" },
    {
      what: "a pool that is not there",
      body: { blueprint: GOOD, pool: "nowhere" },
      pointer: "/pool",
      code: "bad_pool",
    },
    {
      what: "a parameter of a wrong type",
      body: { blueprint: GOOD, parameters: { a: [] } },
      pointer: "/parameters/a",
      code: "bad_parameter",
    },
  ])("$what", async ({ body, pointer, code }) => {
    const problem = await refusal("POST /v1/deployments", body);
    expect(problem).toMatchObject({ status: 400, code, errors: [{ pointer }] });
  });

  test("a number that the database cannot hold", async () => {
    const tooMuch = 2 ** 31;
    const asked: [Route, unknown][] = [
      ["POST /v1/plan", { blueprint: { name: "shop", version: tooMuch } }],
      ["POST /v1/deployments", { blueprint: { name: "shop", version: tooMuch } }],
      [`GET /v1/blueprints/shop?version=${tooMuch}`, undefined],
      ["POST /v1/pools", { name: "deep", members: [{ account: "a", group: tooMuch }] }],
      ["PUT /v1/profiles/vast", { cpu: 1, memoryMib: tooMuch }],
      [`GET /v1/deployments?cursor=${"9".repeat(15)}%20a`, undefined],
    ];
    for (const [route, body] of asked) expect((await refusal(route, body)).code).toBe("bad_request");
    // The most that is taken is looked for, and not there.
    const most = tooMuch - 1;
    expect((await refusal("POST /v1/plan", { blueprint: { name: "shop", version: most } })).code).toBe("not_found");
    expect((await refusal(`GET /v1/blueprints/shop?version=${most}`, undefined)).code).toBe("not_found");
    const late = await server.ask(`GET /v1/deployments?cursor=${"9".repeat(14)}%20a`);
    expect(late.status).toBe(200);
  });

  test("a blueprint that cannot be kept", async () => {
    const problem = await refusal("PUT /v1/blueprints/wrong", { source: MISTAKES[0]?.source });
    expect(problem).toMatchObject({ status: 400, code: "bad_blueprint", errors: [{ pointer: MISTAKES[0]?.pointer }] });
  });

  test("a token that is wrong, and none", async () => {
    for (const authorization of ["Bearer wrong", ""]) {
      const problem = await refusal("GET /v1/deployments", undefined, { authorization });
      expect(problem).toMatchObject({ status: 401, code: "not_authenticated" });
    }
  });
});

/** Said in one line on standard error, and nothing else. */
function expectOneLine(ended: { code: number; out: string; err: string }, code: number, says: RegExp): void {
  expect(ended).toEqual({ code, out: "", err: expect.stringMatching(/^slipway: [^\n]+\n$/) });
  expect(ended.err).toMatch(says);
}

describe("a command that cannot reach its server", () => {
  test.concurrent.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ["a wrong token", { SLIPWAY_TOKEN: "wrong" }, /token.*slipway login/],
    ["nobody listens", { SLIPWAY_URL: "http://127.0.0.1:50" }, /cannot reach http:\/\/127\.0\.0\.1:50.*slipway serve/],
  ])("%s", async (_, env, says) => {
    expectOneLine(await slipway(["ls"], { ...server.env, ...env }), 3, says);
  });
});

const idle = { SLIPWAY_DATA: join(folder, "idle"), SLIPWAY_CONFIG: join(folder, "config.json"), SLIPWAY_PORT: "0" };
/** For what must be noticed before a folder is made. */
const untouched = join(folder, "untouched");
const onServer = (url: string) => ({ ...idle, SLIPWAY_KEY: KEY, DATABASE_URL: url });

interface StartCase {
  readonly what: string;
  readonly command: "serve" | "work" | "migrate";
  readonly env: () => NodeJS.ProcessEnv;
  readonly says: RegExp;
}

describe("a server that cannot start", () => {
  test.concurrent.each<StartCase>([
    {
      what: "serve on a folder in use",
      command: "serve",
      env: () => ({ ...server.env, SLIPWAY_PORT: "0" }),
      says: /data is in use by pid \d+; set DATABASE_URL/,
    },
    {
      what: "migrate on a folder in use",
      command: "migrate",
      env: () => server.env,
      says: /data is in use by pid \d+; set DATABASE_URL/,
    },
    {
      what: "a port in use",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: untouched, SLIPWAY_PORT: server.env["SLIPWAY_PORT"] }),
      says: /SLIPWAY_PORT \d+ is in use: .*set another port/,
    },
    {
      what: "a port that is none",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_PORT: "http" }),
      says: /SLIPWAY_PORT must be a port/,
    },
    {
      what: "an address that is not ours",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: untouched, SLIPWAY_HOST: "192.0.2.1" }),
      says: /SLIPWAY_HOST 192\.0\.2\.1 is no address/,
    },
    {
      what: "a key of a wrong form",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: join(folder, "key"), SLIPWAY_KEY: "secret" }),
      says: /SLIPWAY_KEY must be 32 bytes/,
    },
    {
      what: "a key's file that is not there",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: untouched, SLIPWAY_KEY: "", SLIPWAY_KEY_FILE: join(folder, "no key") }),
      says: /SLIPWAY_KEY_FILE leads to .*no key, and there is no such file/,
    },
    {
      what: "a file in the folder's place",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: join(folder, "file") }),
      says: /file cannot be written/,
    },
    {
      what: "a folder below a file",
      command: "migrate",
      env: () => ({ ...idle, SLIPWAY_DATA: join(folder, "file/data") }),
      says: /file\/data cannot be written/,
    },
    {
      what: "a folder that takes nothing",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: "/sys/slipway" }),
      says: /\/sys\/slipway cannot be written/,
    },
    {
      what: "a damaged database",
      command: "serve",
      env: () => ({ ...idle, SLIPWAY_DATA: join(folder, "damaged") }),
      says: /damaged\/database cannot be opened/,
    },
    {
      what: "no PostgreSQL",
      command: "serve",
      env: () => onServer("postgres://slipway:hidden@127.0.0.1:50/slipway"),
      says: /^(?!.*hidden).*DATABASE_URL leads to no database/,
    },
    {
      what: "no address of a PostgreSQL",
      command: "work",
      env: () => onServer("mysql://slipway:hidden@127.0.0.1/x"),
      says: /^(?!.*hidden).*DATABASE_URL must look like/,
    },
    {
      what: "PostgreSQL without a key",
      command: "serve",
      env: () => ({ ...onServer("postgres://127.0.0.1:50/x"), SLIPWAY_KEY: "" }),
      says: /DATABASE_URL|SLIPWAY_KEY/,
    },
    {
      what: "work without PostgreSQL",
      command: "work",
      env: () => ({ ...idle, DATABASE_URL: "" }),
      says: /DATABASE_URL must be set for `work`/,
    },
  ])("$what", async ({ command, env, says }) => {
    expectOneLine(await slipway([command], { SLIPWAY_LOG: "info", ...env() }), 2, says);
    expect(existsSync(untouched)).toBe(false);
  });
});

test("none of all this has left a row; neither another key opens the folder nor none, and none is made for it", async () => {
  const listed = await server.call(z.object({ deployments: z.array(z.unknown()) }), "GET /v1/deployments?deleted=true");
  expect(listed.deployments).toEqual([]);
  await server.child.end("SIGTERM");
  expectOneLine(await slipway(["serve"], { ...server.env, SLIPWAY_KEY: OTHER_KEY }), 2, /the key is not the one/);
  expectOneLine(await slipway(["serve"], { ...server.env, SLIPWAY_KEY: "" }), 2, /data\/key is missing, .*SLIPWAY_KEY/);
  expect(existsSync(join(home, "data/key"))).toBe(false);
  expect(await rowsIn(join(home, "data/database"))).toEqual({});
});

const FULL_FROM_THE_START = [
  "arcs",
  "clock",
  "clock_told",
  "hold",
  "kysely_migration",
  "kysely_migration_lock",
  "pools",
  "profiles",
  "schema_history",
  "settings",
  "tokens",
];

/** Tables that launches and blueprints fill, as far as they are not empty. */
async function rowsIn(database: string): Promise<Record<string, number>> {
  const lite = await PGlite.create({ dataDir: database });
  try {
    const filled: Record<string, number> = {};
    const named = await lite.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' and tablename <> all($1)",
      [FULL_FROM_THE_START],
    );
    expect(named.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(["deployments", "events", "blueprints"]));
    for (const { name } of named.rows) {
      const { rows } = await lite.query<{ count: number }>(`select count(*)::int as count from "${name}"`);
      if (rows[0]?.count !== 0) filled[name] = rows[0]?.count ?? -1;
    }
    return filled;
  } finally {
    await lite.close();
  }
}
