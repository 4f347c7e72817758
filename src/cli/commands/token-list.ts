import type { Command } from "commander";
import { TokenList } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import { relative } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function tokenList(tokens: Command, run: Run): void {
  tokens
    .command("ls")
    .description("list tokens: whose they are, not what they are")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway token ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/tokens", reply: TokenList });
        if (json === true) return say(terminal, JSON.stringify(list.tokens));
        const lines = table(
          list.tokens,
          [
            { title: "NAME", of: ({ name }) => name },
            { title: "ROLE", of: ({ role }) => role },
            { title: "MADE", of: ({ createdAt }) => relative(Date.parse(createdAt), client.now()) },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}
