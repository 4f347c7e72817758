import type { Command } from "commander";
import { type Pool, PoolList } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { limitText, nearText } from "../limits.ts";
import { hintFor } from "../permission.ts";
import { limit } from "../print.ts";
import { retentionText } from "../retention.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, tell } from "../terminal.ts";

export function poolList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway pool ls"))
    .action(({ json }: { json?: true }) =>
      run(async (session) => {
        const client = await session.client();
        const list = await client.ask({ path: "/v1/pools", reply: PoolList });
        if (json === true) return say(session.terminal, JSON.stringify(list.pools));
        if (list.pools.length === 0) {
          const hint = await hintFor(client, "pools", "Make one: slipway pool add default --member ACCOUNT");
          return tell(session.terminal, `No pools yet.${hint}`);
        }
        say(session.terminal, ...poolLines(list.pools, columnsOf(session.terminal)));
      }),
    );
}

/** A line per member, in the order in which groups are tried. */
export function poolLines(pools: readonly Pool[], width: number): string[] {
  const rows = pools.flatMap((pool) => {
    const members = pool.members.toSorted((a, b) => a.group - b.group || b.weight - a.weight);
    return (members.length === 0 ? [null] : members).map((member, at) => ({ pool: at === 0 ? pool : null, member }));
  });
  return table(
    rows,
    [
      { title: "POOL", of: ({ pool }) => (pool === null ? "" : pool.enabled ? pool.name : `${pool.name} (disabled)`) },
      { title: "LIMIT", of: ({ pool }) => (pool === null ? "" : limitText(pool.limit)) },
      { title: "EACH USER", of: ({ pool }) => (pool === null ? "" : limitText(pool.userLimit)) },
      { title: "NEAR IT", of: ({ pool }) => (pool === null ? "" : nearText(pool.near)) },
      {
        title: "LEASE",
        of: ({ pool }) => (pool === null ? "" : pool.maxLeaseMs === null ? "-" : limit(pool.maxLeaseMs)),
      },
      {
        title: "QUARANTINE",
        of: ({ pool }) => (pool === null ? "" : pool.maxQuarantineMs === null ? "-" : limit(pool.maxQuarantineMs)),
      },
      { title: "KEPT (STEPS/CONSOLES/LEDGER)", of: ({ pool }) => (pool === null ? "" : retentionText(pool.retention)) },
      { title: "ACCOUNT", of: ({ member }) => member?.account ?? "none" },
      { title: "GROUP", of: ({ member }) => String(member?.group ?? "-"), right: true },
      { title: "WEIGHT", of: ({ member }) => String(member?.weight ?? "-"), right: true },
    ],
    width,
  );
}
