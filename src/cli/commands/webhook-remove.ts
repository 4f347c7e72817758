import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { forEach } from "../several.ts";
import { tell } from "../terminal.ts";

export function webhookRemove(command: Command, run: Run): void {
  command
    .argument("<name...>", "the webhook, or several")
    .addHelpText("after", examples("slipway webhook rm chat"))
    .action((names: readonly string[]) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        await forEach(names, async (name) => {
          await client.ask({ method: "DELETE", path: path`/v1/webhooks/${name}`, reply: NOTHING });
          tell(terminal, `Removed webhook ${name}.`);
        });
      }),
    );
}
