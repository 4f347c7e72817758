import type { Command } from "commander";
import { ProviderList } from "../../contract/provider.ts";
import { examples } from "../arguments.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function providerList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway provider ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/providers", reply: ProviderList });
        if (json === true) return say(terminal, JSON.stringify(list.providers));
        const columns = [
          { title: "NAME", of: ({ name }: (typeof list.providers)[number]) => name },
          { title: "ABOUT", of: ({ about }: (typeof list.providers)[number]) => about },
        ];
        say(terminal, ...table(list.providers, columns, columnsOf(terminal)));
      }),
    );
}
