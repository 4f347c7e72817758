import type { Command } from "commander";
import { type Grant, Group } from "../../contract/access.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput } from "../complaint.ts";
import { GRANT_OPTION, grantsText } from "../grants.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

interface Options {
  readonly grant?: readonly Grant[];
  readonly grants?: false;
  readonly claim?: string;
}

export function groupSet(command: Command, run: Run): void {
  command
    .argument("<name>", "the group")
    .option(...GRANT_OPTION)
    .option("--no-grants", "nothing")
    .option("--claim <name>", "those in the provider's group of this name are in it")
    .addHelpText("after", examples("slipway group set crew --grant operator@web"))
    .action((name: string, { grant, grants, claim }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body = {
          ...(grant === undefined && grants !== false ? {} : { grants: grant ?? [] }),
          ...(claim === undefined ? {} : { claim }),
        };
        if (Object.keys(body).length === 0)
          throw badInput("nothing to change: name an option; slipway group set --help lists them");
        const group = await client.ask({ method: "PATCH", path: path`/v1/groups/${name}`, body, reply: Group });
        tell(terminal, `Group ${name}: its users may: ${grantsText(group.grants)}.`);
      }),
    );
}
