import type { Command } from "commander";
import { EVENT_KINDS, MadeWebhook, type NewWebhook } from "../../contract/webhook.ts";
import { examples, oneOf } from "../arguments.ts";
import type { Run } from "../session.ts";
import { remark, say } from "../terminal.ts";

export type Kind = (typeof EVENT_KINDS)[number];

interface Options {
  readonly pool?: string;
  readonly kind?: readonly Kind[];
  readonly json?: true;
}

const kindFrom = oneOf("--kind", EVENT_KINDS);

export function collectKind(given: string, before: readonly Kind[] | undefined): Kind[] {
  return [...(before ?? []), kindFrom(given)];
}

export function webhookAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "what to call it")
    .argument("<url>", "where messages are sent, with https://")
    .option("--pool <pool>", "only of deployments in this pool")
    .option("--kind <kind>", "only of this kind of event; may be given several times", collectKind)
    .option("--json", "print JSON, the secret included")
    .addHelpText(
      "after",
      examples(
        "slipway webhook add chat https://hooks.example.org/slipway > chat.secret",
        "slipway webhook add pager https://pager.example.org/in --kind debt_opened --kind deployment_moved",
      ),
    )
    .action((name: string, url: string, { pool, kind, json }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const body: NewWebhook = {
          name,
          url,
          pool: pool ?? null,
          kinds: kind === undefined ? null : [...new Set(kind)],
        };
        const made = await client.ask({ method: "POST", path: "/v1/webhooks", body, reply: MadeWebhook });
        say(terminal, json === true ? JSON.stringify(made) : made.secret);
        remark(
          terminal,
          `Added webhook ${name}. Its secret is shown this once: the receiver verifies signatures with it. Try it with slipway webhook test ${name}`,
        );
      }),
    );
}
