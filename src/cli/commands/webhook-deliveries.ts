import type { Command } from "commander";
import { DELIVERIES_MOST, DELIVERY_STATES, WebhookDeliveries } from "../../contract/webhook.ts";
import { examples, oneOf, wholeNumber } from "../arguments.ts";
import { path } from "../client.ts";
import { note, relative, relativeDue } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, remark, say } from "../terminal.ts";

interface Options {
  readonly state?: (typeof DELIVERY_STATES)[number];
  readonly limit?: number;
  readonly json?: true;
}

export function webhookDeliveries(command: Command, run: Run): void {
  command
    .argument("<name>", "the webhook")
    .option("--state <state>", "delivered, or dead: not tried any more", oneOf("--state", DELIVERY_STATES))
    .option("--limit <number>", "at most so many; default 100", wholeNumber("--limit", 1, DELIVERIES_MOST))
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway webhook deliveries chat", "slipway webhook deliveries chat --state dead"))
    .action((name: string, { state, limit, json }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const query = new URLSearchParams({
          ...(state === undefined ? {} : { state }),
          ...(limit === undefined ? {} : { limit: String(limit) }),
        });
        const to = path`/v1/webhooks/${name}/deliveries`;
        const found = await client.ask({ path: `${to}?${query.toString()}`, reply: WebhookDeliveries });
        if (json === true) return say(terminal, JSON.stringify(found));
        const now = client.now();
        const waiting = state === undefined ? found.waiting : [];
        const rows = [
          ...waiting.map(({ deployment, nextTryAt, tries, text }) => ({
            state: "waiting",
            deployment: deployment.name,
            event: "",
            tries,
            when: relativeDue(Date.parse(nextTryAt), now),
            text: text ?? "",
          })),
          ...found.deliveries.map(({ deployment, no, kind, at, again, ...rest }) => ({
            ...rest,
            state: again ? "dead, again" : rest.state,
            deployment: deployment.name,
            event: `${no} ${kind}`,
            when: relative(Date.parse(at), now),
          })),
        ];
        const columns = [
          { title: "STATE", of: (row: (typeof rows)[number]) => row.state },
          { title: "DEPLOYMENT", of: (row: (typeof rows)[number]) => row.deployment },
          { title: "EVENT", of: (row: (typeof rows)[number]) => row.event },
          { title: "WHEN", of: (row: (typeof rows)[number]) => row.when },
          { title: "TRIES", of: (row: (typeof rows)[number]) => String(row.tries) },
          { title: "LAST TRY", of: (row: (typeof rows)[number]) => note(row.text) },
        ];
        if (rows.length === 0) return remark(terminal, `Webhook ${name} has no such deliveries.`);
        say(terminal, ...table(rows, columns, columnsOf(terminal)));
      }),
    );
}
