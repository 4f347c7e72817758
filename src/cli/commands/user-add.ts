import type { Command } from "commander";
import { type Grant, User } from "../../contract/access.ts";
import { collect, examples } from "../arguments.ts";
import { GRANT_OPTION, grantsText } from "../grants.ts";
import { addLimitOptions, limitOf, type LimitOptions } from "../limits.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

interface Options extends LimitOptions {
  readonly grant?: readonly Grant[];
  readonly group?: readonly string[];
}

export function userAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "what the history calls them")
    .option(...GRANT_OPTION)
    .option("--group <name>", "a group that they are in (may come several times)", collect);
  addLimitOptions(command)
    .addHelpText("after", examples("slipway user add ada --grant viewer --grant operator@web"))
    .action((name: string, { grant = [], group = [], ...limits }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body = { name, grants: grant, groups: group, limit: limitOf(limits, null) };
        const user = await client.ask({ method: "POST", path: "/v1/users", body, reply: User });
        const through = user.groups.length === 0 ? "" : `, and through ${user.groups.join(", ")}`;
        tell(terminal, `Added user ${name}, who may: ${grantsText(user.grants)}${through}.`);
      }),
    );
}
