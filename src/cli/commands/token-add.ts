import type { Command } from "commander";
import { MadeToken, ROLES } from "../../contract/operation.ts";
import { examples, oneOf } from "../arguments.ts";
import type { Run } from "../session.ts";
import { remark, say } from "../terminal.ts";

export function tokenAdd(tokens: Command, run: Run): void {
  tokens
    .command("add")
    .description("make a token; it is printed this once and only its hash is kept")
    .argument("<name>", "whose it is, for the history")
    .requiredOption(
      "--role <role>",
      "viewer: reads; operator: also deployments; admin: everything",
      oneOf("--role", ROLES),
    )
    .option("--json", "print JSON, the token included")
    .addHelpText("after", examples("slipway token add ci --role operator > ci.token"))
    .action((name: string, { role, json }: { role: (typeof ROLES)[number]; json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const made = await client.ask({ method: "POST", path: "/v1/tokens", body: { name, role }, reply: MadeToken });
        say(terminal, json === true ? JSON.stringify(made) : made.token);
        remark(
          terminal,
          `Made token ${name} (${role}). It is shown this once: keep it, or use it with slipway login ${client.url}`,
        );
      }),
    );
}
