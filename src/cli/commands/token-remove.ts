import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function tokenRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the token, or several")
    .addHelpText("after", examples("slipway token rm ci"))
    .action((names: readonly string[]) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/tokens/${name}`, reply: NOTHING });
          tell(terminal, `Removed token ${name}.`);
        });
      }),
    );
}
