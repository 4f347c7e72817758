import type { Command } from "commander";
import { TokenList } from "../../contract/access.ts";
import { examples } from "../arguments.ts";
import { grantText } from "../grants.ts";
import { duration, relative } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function tokenList(command: Command, run: Run): void {
  command
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
            { title: "MAY", of: (token) => grantText(token) },
            { title: "OWNER", of: ({ owner }) => owner ?? "" },
            { title: "MADE", of: ({ createdAt }) => relative(Date.parse(createdAt), client.now()) },
            { title: "USED", of: ({ lastUsedAt }) => ago(lastUsedAt, client.now()) },
            {
              title: "ENDS",
              of: ({ expiresAt }) => (expiresAt === null ? "" : endText(Date.parse(expiresAt), client.now())),
            },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}

const ago = (at: string | null, now: number): string => (at === null ? "never" : relative(Date.parse(at), now));

const endText = (at: number, now: number): string => (at <= now ? "is over" : `in ${duration(at - now)}`);
