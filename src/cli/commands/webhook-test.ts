import type { Command } from "commander";
import { WebhookTest } from "../../contract/webhook.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { Complaint, EXIT } from "../complaint.ts";
import type { Run } from "../session.ts";
import { say, tell } from "../terminal.ts";

export function webhookTest(command: Command, run: Run): void {
  command
    .argument("<name>", "the webhook")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway webhook test chat"))
    .action((name: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const to = path`/v1/webhooks/${name}/test`;
        const tested = await client.ask({ method: "POST", path: to, reply: WebhookTest });
        if (json === true) say(terminal, JSON.stringify(tested));
        if (!tested.taken) throw new Complaint(EXIT.failed, `webhook ${name} took nothing: ${tested.text}`);
        if (json !== true) tell(terminal, `Webhook ${name} ${tested.text} within ${tested.ms} ms.`);
      }),
    );
}
