import type { Command } from "commander";
import { UserList } from "../../contract/access.ts";
import { examples } from "../arguments.ts";
import { grantsText } from "../grants.ts";
import { limitText, nearText } from "../limits.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function userList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway user ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/users", reply: UserList });
        if (json === true) return say(terminal, JSON.stringify(list.users));
        const lines = table(
          list.users,
          [
            { title: "NAME", of: ({ name }) => name },
            { title: "MAY", of: ({ enabled, grants }) => (enabled ? grantsText(grants) : "locked out") },
            { title: "GROUPS", of: ({ groups }) => groups.join(", ") },
            { title: "QUOTA", of: ({ limit }) => limitText(limit) },
            { title: "NEAR IT", of: ({ near }) => nearText(near) },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}
