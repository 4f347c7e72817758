import type { Command } from "commander";
import { Console } from "../../contract/console.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { visible } from "../print.ts";
import type { Run } from "../session.ts";
import { targetOf } from "../target.ts";
import { remark, say } from "../terminal.ts";

export function deploymentLogs(command: Command, run: Run): void {
  command
    .argument("<deployment/instance>", "the instance may be left out where there is but one")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples("slipway logs shop/web-1", "slipway logs shop/db | tail") +
        "\n\nOf a machine that is there its cloud is asked. What was kept of the machines of earlier attempts: slipway evidence.",
    )
    .action((target: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const { deployment, instance } = await targetOf(client, target);
        const asked = path`/v1/deployments/${deployment.id}/instances/${instance.name}/console`;
        const read = await client.ask({ path: asked, reply: Console });
        if (json === true) return say(terminal, JSON.stringify(read));
        if (!read.live) remark(terminal, `# of ${read.machine}, which is gone; kept ${read.at}`);
        if (read.console === null || read.console === "") {
          return remark(
            terminal,
            read.console === null ? "# its cloud keeps no console" : "# nothing was written so far",
          );
        }
        say(
          terminal,
          ...read.console
            .replace(/\r?\n$/, "")
            .split(/\r?\n/)
            .map(visible),
        );
      }),
    );
}
