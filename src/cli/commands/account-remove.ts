import type { Command } from "commander";
import { AccountList, Pool } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function accountRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the account, or several")
    .addHelpText("after", examples("slipway account rm lab"))
    .action((names: readonly string[]) =>
      run(async (session) => {
        const client = await session.client();
        const { accounts } = await client.ask({ path: "/v1/accounts", reply: AccountList });
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/accounts/${name}`, reply: NOTHING });
          tell(session.terminal, `Removed account ${name}.`);
          // A pool has limits and a history of its own: it stays, and launches there are refused.
          for (const pool of accounts.find((account) => account.name === name)?.pools ?? []) {
            const { members } = await client.ask({ path: path`/v1/pools/${pool}`, reply: Pool });
            if (members.length === 0)
              tell(session.terminal, `Pool ${pool} is empty now; remove it too: slipway pool rm ${pool}`);
          }
        });
      }),
    );
}
