import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function accountRemove(accounts: Command, run: Run): void {
  accounts
    .command("rm")
    .description("remove an account that no machine was ever asked of; disable others")
    .argument("<name...>", "the account, or several")
    .addHelpText("after", examples("slipway account rm lab"))
    .action((names: readonly string[]) =>
      run(async (session) => {
        const client = await session.client();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/accounts/${name}`, reply: NOTHING });
          tell(session.terminal, `Removed account ${name}.`);
        });
      }),
    );
}
