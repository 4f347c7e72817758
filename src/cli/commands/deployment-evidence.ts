import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { Evidence } from "../../contract/evidence.ts";
import { noSuch } from "../../contract/no-such.ts";
import { examples } from "../arguments.ts";
import { type Client, path, Refused } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import { oneLine, visible } from "../print.ts";
import type { Run } from "../session.ts";
import { say } from "../terminal.ts";

export function deploymentEvidence(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .argument("[instance]", "only of this instance")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `${examples("slipway evidence shop db")}\n\nOf several machines, that of the last one is printed.`,
    )
    .action((ref: string, instance: string | undefined, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const {
          machines,
          instances,
          kept: left,
        } = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
        const names = instances.map(({ name }) => name);
        if (instance !== undefined && !names.includes(instance)) {
          throw badInput(`in deployment ${ref} ${noSuch("instance", instance, names)}`);
        }
        const meant = machines.filter((machine) => instance === undefined || machine.instance === instance);
        const kept = await newestEvidence(client, meant.map(({ id }) => id).reverse());
        if (kept === null) {
          const gone = left.consolesGoneAt === null ? "was kept" : "is kept any more";
          throw new Complaint(EXIT.failed, `nothing ${gone} of ${[ref, instance].join(" ").trim()}`);
        }
        say(terminal, ...(json === true ? [JSON.stringify(kept)] : evidenceLines(kept)));
      }),
    );
}

async function newestEvidence(client: Client, machines: readonly string[]): Promise<Evidence | null> {
  for (const machine of machines) {
    try {
      return await client.ask({ path: path`/v1/machines/${machine}/evidence`, reply: Evidence });
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.code !== "not_found") throw error;
    }
  }
  return null;
}

/** The console's own line breaks stay; what could drive the terminal goes. */
function evidenceLines({ machine, at, fault, console: output }: Evidence): string[] {
  const lines = output === null ? ["(the cloud keeps no console)"] : output.split(/\r?\n/).map(visible);
  return [`# ${machine}, kept ${at}`, ...(fault === null ? [] : [`# ${oneLine(fault)}`]), ...lines];
}
