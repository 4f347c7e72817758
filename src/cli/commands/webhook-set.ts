import type { Command } from "commander";
import { Webhook, type WebhookPatch } from "../../contract/webhook.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";
import { collectKind, type Kind } from "./webhook-add.ts";

interface Options {
  readonly kind?: readonly Kind[];
  readonly allKinds?: true;
}

export function webhookSet(command: Command, run: Run): void {
  command
    .argument("<name>", "the webhook")
    .option("--kind <kind>", "this kind of event, in place of those before; may be given several times", collectKind)
    .option("--all-kinds", "every kind of event")
    .addHelpText("after", examples("slipway webhook set pager --kind debt_opened --kind quota_near"))
    .action((name: string, { kind, allKinds }: Options) =>
      run(async ({ client: open, terminal }) => {
        if ((kind === undefined) === (allKinds === undefined)) throw badInput("give --kind, or --all-kinds");
        const client = await open();
        const body: WebhookPatch = { kinds: kind === undefined ? null : [...new Set(kind)] };
        const webhook = await client.ask({ method: "PATCH", path: path`/v1/webhooks/${name}`, body, reply: Webhook });
        const told = webhook.kinds === null ? "all events" : webhook.kinds.join(", ");
        tell(terminal, `Webhook ${name} is told of ${told}.`);
      }),
    );
}
