import type { Command } from "commander";
import { type Grant, Group } from "../../contract/access.ts";
import { examples } from "../arguments.ts";
import { GRANT_OPTION, grantsText } from "../grants.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

export function groupAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "what to call it")
    .option(...GRANT_OPTION)
    .option("--claim <name>", "those in the provider's group of this name are in it")
    .addHelpText("after", examples("slipway group add crew --grant viewer --grant operator@web"))
    .action((name: string, { grant = [], claim }: { grant?: readonly Grant[]; claim?: string }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body = { name, grants: grant, ...(claim === undefined ? {} : { claim }) };
        const group = await client.ask({ method: "POST", path: "/v1/groups", body, reply: Group });
        tell(terminal, `Made group ${name}, whose users may: ${grantsText(group.grants)}.`);
      }),
    );
}
