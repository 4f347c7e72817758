import type { Command } from "commander";
import { type ReplayAsked, Replayed } from "../../contract/webhook.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

interface Options {
  readonly deployment?: string;
}

export function webhookReplay(command: Command, run: Run): void {
  command
    .argument("<name>", "the webhook")
    .option("--deployment <deployment>", "only those of this deployment: its name, or its id")
    .addHelpText("after", examples("slipway webhook replay chat"))
    .action((name: string, { deployment }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body: ReplayAsked = { deployment: deployment ?? null };
        const to = path`/v1/webhooks/${name}/replay`;
        const { letters } = await client.ask({ method: "POST", path: to, body, reply: Replayed });
        const what = letters === 0 ? "No dead letters" : letters === 1 ? "1 dead letter" : `${letters} dead letters`;
        tell(
          terminal,
          `${what} to be told again at ${name}; what waits is tried now. See slipway webhook deliveries ${name}`,
        );
      }),
    );
}
