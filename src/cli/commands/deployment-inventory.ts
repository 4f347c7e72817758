import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import { ansibleInventory, hostsFile, sshConfig } from "../inventories.ts";
import { addReachOptions, isNumeric, reachOf, type Reachable, type ReachOptions, type Unreachable } from "../reach.ts";
import type { Run } from "../session.ts";
import { say, warn } from "../terminal.ts";

interface Options extends ReachOptions {
  readonly ansible?: true;
  readonly sshConfig?: true;
  readonly hosts?: true;
}

export function deploymentInventory(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .option("--ansible", "an inventory in YAML")
    .option("--ssh-config", "hosts for ~/.ssh/config")
    .option("--hosts", "lines for /etc/hosts");
  addReachOptions(command)
    .addHelpText(
      "after",
      examples(
        "slipway inventory shop --ansible > shop.yaml && ansible -i shop.yaml web -m ping",
        "slipway inventory shop --ssh-config --user admin > ~/.ssh/shop && ssh -F ~/.ssh/shop web-1.shop",
      ) + "\n\nMachines are called INSTANCE.DEPLOYMENT. Those that cannot be reached are left out, and told.",
    )
    .action((ref: string, options: Options) =>
      run(async ({ client: open, terminal }) => {
        const { ansible, sshConfig: ssh, hosts } = options;
        if ([ansible, ssh, hosts].filter(Boolean).length !== 1) {
          throw badInput("say for which program: --ansible, --ssh-config or --hosts, one of them");
        }
        const client = await open();
        const deployment = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
        const { there, not } = sorted(deployment, options);
        for (const { name, because } of not) warn(terminal, `${name} is left out: ${because}`);
        if (there.length === 0) throw new Complaint(EXIT.failed, `no machine of ${ref} can be reached`);
        const lines = ansible ? ansibleInventory(deployment.name, there, options) : null;
        say(terminal, ...(lines ?? (ssh ? sshConfig(there, options) : hostsFile(there))));
      }),
    );
}

function sorted(deployment: Deployment, options: Options): { there: Reachable[]; not: Unreachable[] } {
  const there: Reachable[] = [];
  const not: Unreachable[] = [];
  for (const instance of deployment.instances) {
    const reach = reachOf(deployment, instance, options.private === true);
    if ("not" in reach) not.push(reach.not);
    else if (options.hosts === true && !isNumeric(reach.ok)) {
      not.push({ name: instance.name, because: "its address is a name, and /etc/hosts takes numbers" });
    } else there.push(reach.ok);
  }
  return { there, not };
}
