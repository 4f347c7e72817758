import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function blueprintRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the blueprint, or several")
    .addHelpText("after", examples("slipway blueprint rm shop"))
    .action((names: readonly string[]) =>
      run(async (session) => {
        const client = await session.client();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/blueprints/${name}`, reply: NOTHING });
          tell(session.terminal, `Removed blueprint ${name}.`);
        });
      }),
    );
}
