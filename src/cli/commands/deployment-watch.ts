import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import type { Run } from "../session.ts";
import { watch } from "../watch.ts";

export function deploymentWatch(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .option("--details", "print each step above the tree")
    .option("--json", "print one event per line and the deployment last, as JSON")
    .addHelpText(
      "after",
      `${examples("slipway watch shop --details")}\n\nThe exit code says how it ended, as that of \`launch --watch\`.`,
    )
    .action((ref: string, { details = false, json = false }: { details?: boolean; json?: boolean }) =>
      run(async (session) => {
        const client = await session.client();
        const { id, revisions } = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
        const update = revisions.find(({ why, endedAt }) => why === "update" && endedAt === null);
        const revision = update === undefined ? {} : { revision: update.no };
        return await watch(session, id, { as: json ? "json" : "tree", details, goal: ["running"], ...revision });
      }),
    );
}
