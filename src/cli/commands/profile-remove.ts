import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function profileRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the profile, or several")
    .addHelpText("after", examples("slipway profile rm huge"))
    .action((names: readonly string[]) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/profiles/${name}`, reply: NOTHING });
          tell(terminal, `Removed profile ${name}. Blueprints that name it are refused from now on.`);
        });
      }),
    );
}
