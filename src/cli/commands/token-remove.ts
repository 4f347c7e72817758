import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { NOTHING, path } from "../client.ts";
import type { Run } from "../session.ts";
import { say } from "../terminal.ts";

export function tokenRemove(tokens: Command, run: Run): void {
  tokens
    .command("rm")
    .description("take a token back: whoever has it is refused from now on")
    .argument("<name>", "its name")
    .addHelpText("after", examples("slipway token rm ci"))
    .action((name: string) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        await client.ask({ method: "DELETE", path: path`/v1/tokens/${name}`, reply: NOTHING });
        say(terminal, `Removed token ${name}.`);
      }),
    );
}
