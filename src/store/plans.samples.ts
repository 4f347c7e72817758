// What each statement of a store reads: it is explained where it stands, with its values, in front of being run.

import { Kysely, PostgresDialect } from "kysely";
import { escapeLiteral, Pool, type PoolClient } from "pg";
import type { Store } from "../ports/store.ts";
import { beginningOf } from "./flights.ts";
import { connect } from "./open.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";
import { parameterText } from "./server-values.ts";

/** Grow with all that ever was. */
const GROWING = new Set([
  "deployments",
  "instances",
  "revisions",
  "attempts",
  "placements",
  "machines",
  "evidence",
  "events",
  "tokens",
  "users",
  "ended_sessions",
]);

/** One look at a growing table. */
interface TableRead {
  readonly table: string;
  readonly node: string;
  /** Those it went through, also those that it did not take. */
  readonly rows: number;
  readonly statement: string;
}

export interface ExplainedStore {
  readonly store: Store;
  /** Since it was last asked. */
  taken(): readonly TableRead[];
}

export function explainedStore(url: string): ExplainedStore {
  let reads: TableRead[] = [];
  const pool = new Pool({ connectionString: url, max: 2 });
  // The database goes while connections end.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => explain(client, (read) => void reads.push(read)));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const { ends } = connect(url);
  const closing = async () => {
    await db.destroy();
    await ends.closing();
  };
  return {
    store: storeOn(db, { ...ends, closing }),
    taken() {
      const taken = reads;
      reads = [];
      return taken;
    },
  };
}

const EXPLAINABLE = /^\s*(?:with|select|update|insert|delete)\b/i;

/** From now on each statement within a transaction is explained before it is run; within one that writes by its plan for all values, as it is asked for there. */
function explain(client: PoolClient, tell: (read: TableRead) => void): void {
  const ask = client.query.bind(client);
  let open: "write" | "read" | null = null;
  Reflect.set(client, "query", async (statement: string, values: readonly unknown[]) => {
    if (/^(?:begin|start transaction)/i.test(statement)) open = /read only/i.test(statement) ? "read" : "write";
    else if (/^(?:commit|rollback)/i.test(statement)) open = null;
    else if (open !== null && EXPLAINABLE.test(statement)) {
      await ask("savepoint explained");
      const { rows } = await (open === "write"
        ? explainForAll(ask, statement, values)
        : ask<Explained>(`${EXPLAIN} ${statement}`, [...values]));
      await ask("rollback to savepoint explained");
      for (const row of rows) for (const { Plan: plan } of row["QUERY PLAN"]) readsOf(plan, statement, tell);
    }
    return ask(statement, [...values]);
  });
}

const EXPLAIN = "explain (analyze, format json)";

interface Explained {
  readonly "QUERY PLAN": readonly { readonly Plan: Plan }[];
}

async function explainForAll(
  ask: PoolClient["query"],
  statement: string,
  values: readonly unknown[],
): Promise<{ readonly rows: readonly Explained[] }> {
  for (const setting of beginningOf({}).slice(1)) await ask(setting);
  await ask(`prepare explained as ${statement}`);
  const given = values.map((value) => {
    const text = parameterText(value);
    return text === null ? "null" : escapeLiteral(text);
  });
  const explained = await ask<Explained>(
    `${EXPLAIN} execute explained${given.length === 0 ? "" : `(${given.join(", ")})`}`,
  );
  await ask("deallocate explained");
  return explained;
}

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly Plans?: readonly Plan[];
}

function readsOf(plan: Plan, statement: string, tell: (read: TableRead) => void): void {
  const table = plan["Relation Name"];
  // What changes rows has what it reads below it.
  if (table !== undefined && GROWING.has(table) && plan["Node Type"] !== "ModifyTable") {
    const each =
      plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0) + (plan["Rows Removed by Index Recheck"] ?? 0);
    const node = [plan["Node Type"], plan["Index Name"]].filter((part) => part !== undefined).join(" ");
    tell({ table, node, rows: Math.round(each * plan["Actual Loops"]), statement });
  }
  // Two sets of which each was held against each.
  const joined = Math.round((plan["Rows Removed by Join Filter"] ?? 0) * plan["Actual Loops"]);
  if (joined > 0) tell({ table: "two sets", node: plan["Node Type"], rows: joined, statement });
  for (const below of plan.Plans ?? []) readsOf(below, statement, tell);
}
