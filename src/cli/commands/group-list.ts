import type { Command } from "commander";
import { GroupList } from "../../contract/access.ts";
import { examples } from "../arguments.ts";
import { grantsText } from "../grants.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function groupList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway group ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/groups", reply: GroupList });
        if (json === true) return say(terminal, JSON.stringify(list.groups));
        const lines = table(
          list.groups,
          [
            { title: "NAME", of: ({ name }) => name },
            { title: "MAY", of: ({ grants }) => grantsText(grants) },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}
