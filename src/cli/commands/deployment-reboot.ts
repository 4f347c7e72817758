import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import type { Run } from "../session.ts";
import { targetOf } from "../target.ts";
import { say, tell } from "../terminal.ts";

export function instanceReboot(command: Command, run: Run): void {
  command
    .argument("<deployment/instance>", "the instance may be left out where there is but one")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway reboot shop/web-1", "slipway reboot shop/db --json"))
    .action((target: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const { deployment, instance } = await targetOf(client, target);
        const asked = path`/v1/deployments/${deployment.id}/instances/${instance.name}/reboot`;
        const reply = await client.ask({ method: "POST", path: asked, reply: Deployment });
        if (json === true) return say(terminal, JSON.stringify(reply));
        const { name, ref } = reply;
        tell(
          terminal,
          `The cloud of ${instance.name} in ${name} is asked to reboot it. What comes of it: slipway events ${ref}`,
        );
      }),
    );
}
