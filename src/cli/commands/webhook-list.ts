import type { Command } from "commander";
import { type Webhook, WebhookList } from "../../contract/webhook.ts";
import { examples } from "../arguments.ts";
import { duration, listed, oneLine } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, remark, say } from "../terminal.ts";

export function webhookList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway webhook ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/webhooks", reply: WebhookList });
        if (json === true) return say(terminal, JSON.stringify(list.webhooks));
        const columns = [
          { title: "NAME", of: ({ name }: Webhook) => name },
          { title: "POOL", of: ({ pool }: Webhook) => pool ?? "all" },
          { title: "KINDS", of: ({ kinds }: Webhook) => (kinds === null ? "all" : listed(kinds)) },
          { title: "WAITING", of: ({ waiting }: Webhook) => String(waiting) },
          { title: "DEAD", of: ({ dead }: Webhook) => String(dead) },
          { title: "URL", of: ({ url }: Webhook) => oneLine(url) },
        ];
        say(terminal, ...table(list.webhooks, columns, columnsOf(terminal)));
        for (const { name, failing } of list.webhooks) {
          if (failing === null) continue;
          const long = duration(client.now() - Date.parse(failing.since));
          remark(terminal, `Webhook ${name} has not taken what waits for ${long}: ${oneLine(failing.text)}.`);
        }
        for (const { name, dead } of list.webhooks.filter((one) => one.dead > 0)) {
          const what = dead === 1 ? "1 event is" : `${dead} events are`;
          remark(
            terminal,
            `${what} not tried any more at ${name}: slipway webhook replay ${name} has them told again.`,
          );
        }
      }),
    );
}
