// Every number that a request may hold, bound to where it ends up: a number that its column cannot hold must be refused, or it
// breaks a statement. A number that is new in the contract fails here until it has its row.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { preparedFolder } from "../store/pglite.samples.ts";
import { numbersOf, type NumberPlace } from "./document-places.samples.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

/** A column, or why the number reaches none. */
type Destiny = { readonly column: string } | { readonly none: string };

const QUOTA = { column: "accounts.quota" };
const POOL_QUOTA = { column: "pools.quota" };
const USER_QUOTA = { column: "users.quota" };
const PARAMETER = { column: "deployments.blueprint" };
const ROWS = { none: "how many rows a page has" };

const LIMITS = [
  "instances",
  "cpu",
  "memoryMib",
  "storageGib",
  "accelerators",
  "deployments",
  "hourlyCost",
  "families/*",
];

const limitsOf = (path: string, destiny: Destiny, field = "limit") =>
  Object.fromEntries(
    [`POST ${path}`, `PATCH ${path}/{name}`].flatMap((way) =>
      LIMITS.map((limit) => [`${way} /${field}/${limit}`, destiny]),
    ),
  );

const DESTINY: Readonly<Record<string, Destiny>> = {
  ...limitsOf("/v1/accounts", QUOTA),
  ...limitsOf("/v1/pools", POOL_QUOTA),
  ...limitsOf("/v1/pools", { column: "pools.user_quota" }, "userLimit"),
  ...limitsOf("/v1/users", USER_QUOTA),
  "POST /v1/deployments /blueprint/version": { column: "blueprints.version" },
  "POST /v1/deployments /parameters/*": PARAMETER,
  "POST /v1/deployments /leaseMs": { column: "deployments.policy" },
  "POST /v1/deployments /holdMs": { column: "deployments.policy" },
  "POST /v1/deployments /quarantineMs": { column: "deployments.policy" },
  "POST /v1/deployments /maxHourly": { column: "deployments.policy" },
  "POST /v1/deployments/{deployment}/relaunch /blueprint/version": { column: "blueprints.version" },
  "POST /v1/deployments/{deployment}/relaunch /parameters/*": PARAMETER,
  "POST /v1/deployments/{deployment}/update /blueprint/version": { column: "blueprints.version" },
  "POST /v1/deployments/{deployment}/update /parameters/*": PARAMETER,
  "POST /v1/deployments/{deployment}/update /counts/*": { column: "deployments.blueprint" },
  "POST /v1/deployments/{deployment}/update/plan /blueprint/version": { column: "blueprints.version" },
  "POST /v1/deployments/{deployment}/update/plan /parameters/*": PARAMETER,
  "POST /v1/deployments/{deployment}/update/plan /counts/*": { column: "deployments.blueprint" },
  "POST /v1/deployments/{deployment}/relaunch /leaseMs": { column: "deployments.policy" },
  "POST /v1/deployments/{deployment}/relaunch /holdMs": { column: "deployments.policy" },
  "POST /v1/deployments/{deployment}/relaunch /quarantineMs": { column: "deployments.policy" },
  "POST /v1/plan /leaseMs": { column: "deployments.policy" },
  "POST /v1/plan /holdMs": { column: "deployments.policy" },
  "POST /v1/plan /quarantineMs": { column: "deployments.policy" },
  "POST /v1/plan /maxHourly": { column: "deployments.policy" },
  "POST /v1/pools /maxLeaseMs": { column: "pools.max_lease_ms" },
  "PATCH /v1/pools/{name} /maxLeaseMs": { column: "pools.max_lease_ms" },
  "POST /v1/pools /maxQuarantineMs": { column: "pools.max_quarantine_ms" },
  "PATCH /v1/pools/{name} /maxQuarantineMs": { column: "pools.max_quarantine_ms" },
  "POST /v1/plan /blueprint/version": { column: "blueprints.version" },
  "POST /v1/plan /parameters/*": PARAMETER,
  "GET /v1/deployments ?limit": ROWS,
  "GET /v1/webhooks/{name}/deliveries ?limit": { none: "bounds the reply" },
  "GET /v1/deployments/{deployment}/events ?after": { column: "events.no" },
  "GET /v1/deployments/{deployment}/events ?limit": ROWS,
  "GET /v1/deployments/{deployment}/stream ?after": { column: "events.no" },
  "GET /v1/deployments/{deployment}/stream last-event-id": { column: "events.no" },
  "GET /v1/blueprints/{name} ?version": { column: "blueprints.version" },
  "GET /v1/accounts/{name}/offers ?limit": ROWS,
  "GET /v1/audit ?limit": ROWS,
  "POST /v1/pools /members/*/group": { column: "pool_members.tier" },
  "POST /v1/pools /members/*/weight": { column: "pool_members.weight" },
  "POST /v1/pools /retention/stepsDays": { column: "pools.steps_days" },
  "POST /v1/pools /retention/consolesDays": { column: "pools.consoles_days" },
  "POST /v1/pools /retention/ledgerDays": { column: "pools.ledger_days" },
  "PATCH /v1/pools/{name} /members/*/group": { column: "pool_members.tier" },
  "PATCH /v1/pools/{name} /members/*/weight": { column: "pool_members.weight" },
  "PATCH /v1/pools/{name} /retention/stepsDays": { column: "pools.steps_days" },
  "PATCH /v1/pools/{name} /retention/consolesDays": { column: "pools.consoles_days" },
  "PATCH /v1/pools/{name} /retention/ledgerDays": { column: "pools.ledger_days" },
  "PUT /v1/profiles/{name} /cpu": { column: "profiles.cpu" },
  "PUT /v1/profiles/{name} /memoryMib": { column: "profiles.memory_mib" },
  "PUT /v1/profiles/{name} /storageGib": { column: "profiles.storage_gib" },
  "PUT /v1/profiles/{name} /accelerators": { column: "profiles.accelerators" },
};

/** What each type of a column holds without rounding, of the numbers that JavaScript has. */
const HOLDS: Readonly<Record<string, number>> = {
  integer: 2 ** 31 - 1,
  "double precision": Number.MAX_SAFE_INTEGER,
  jsonb: Number.MAX_SAFE_INTEGER,
};

const numbers = numbersOf();
let folder: string;
/** Type by "table.column". */
let columns: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-numbers-"));
  await preparedFolder(folder);
  const lite = await PGlite.create({ dataDir: join(folder, "database") });
  const { rows } = await lite.query(
    "select table_name || '.' || column_name as name, data_type as type from information_schema.columns where table_schema = 'public'",
  );
  await lite.close();
  const read = z.array(z.object({ name: z.string(), type: z.string() })).parse(rows);
  columns = new Map(read.map(({ name, type }) => [name, type]));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("every number of a request has its row here", () => {
  expect(numbers.map(({ name }) => name).toSorted()).toEqual(Object.keys(DESTINY).toSorted());
});

describe("the bounds in the document are within what the column holds", () => {
  test.each(numbers.map((place): [string, NumberPlace] => [place.name, place]))("%s", (name, { least, most }) => {
    const destiny = DESTINY[name];
    const holds = destiny === undefined || "none" in destiny ? 10_000 : HOLDS[columns.get(destiny.column) ?? ""];
    expect(holds, "no such column, or one of a type that holds no number").toBeDefined();
    expect(least).toBeGreaterThanOrEqual(-(holds ?? 0));
    expect(most).toBeLessThanOrEqual(holds ?? 0);
  });
});

test("no column holds a whole number that JavaScript does not", () => {
  const types = new Set([...columns].filter(([name]) => !name.startsWith("kysely_")).map(([, type]) => type));
  // A transaction's number comes as a text, and is in no reply.
  expect([...types].toSorted()).toEqual(
    ["boolean", "double precision", "integer", "jsonb", "text", "timestamp with time zone", "xid8"].toSorted(),
  );
});
