import type { Command } from "commander";
import { MadeToken, type NewToken, type Role, ROLES } from "../../contract/access.ts";
import { examples, oneOf } from "../arguments.ts";
import { grantText } from "../grants.ts";
import { leaseMs } from "../lease.ts";
import type { Run } from "../session.ts";
import { remark, say } from "../terminal.ts";

interface Options {
  readonly role: Role;
  readonly pool?: string;
  readonly owner?: string;
  readonly expires?: number;
  readonly json?: true;
}

export function tokenAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "whose it is, for the history")
    .requiredOption(
      "--role <role>",
      "viewer: reads; launcher: also launches, and acts on what it launched; operator: acts on all deployments; admin: everything",
      oneOf("--role", ROLES),
    )
    .option("--pool <pool>", "it counts in this pool alone")
    .option("--owner <user>", "the user whose it is: it may do what both may, and goes when they go")
    .option("--expires <time>", "how long it counts: 8h, 30d", (given) => leaseMs(`--expires ${given}`, given))
    .option("--json", "print JSON, the token included")
    .addHelpText(
      "after",
      examples(
        "slipway token add ci --role launcher --pool web --expires 30d > ci.token",
        "slipway token add ada-laptop --role admin --owner ada",
      ),
    )
    .action((name: string, { role, pool, owner, expires, json }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body: NewToken = {
          name,
          role,
          ...(pool === undefined ? {} : { pool }),
          ...(owner === undefined ? {} : { owner }),
          ...(expires === undefined ? {} : { expiresAt: new Date(client.now() + expires).toISOString() }),
        };
        const made = await client.ask({ method: "POST", path: "/v1/tokens", body, reply: MadeToken });
        say(terminal, json === true ? JSON.stringify(made) : made.token);
        const whose = made.owner === null ? "" : `, of ${made.owner}`;
        const until = made.expiresAt === null ? "" : `, until ${made.expiresAt}`;
        remark(
          terminal,
          `Made token ${name} (${grantText(made)}${whose}${until}). It is shown this once: keep it, or use it with slipway login ${client.url}`,
        );
      }),
    );
}
