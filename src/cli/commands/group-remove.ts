import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function groupRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the group, or several")
    .addHelpText("after", examples("slipway group rm crew"))
    .action((names: readonly string[]) =>
      run(async (session) => {
        const client = await session.client();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/groups/${name}`, reply: NOTHING });
          tell(session.terminal, `Removed group ${name}.`);
        });
      }),
    );
}
