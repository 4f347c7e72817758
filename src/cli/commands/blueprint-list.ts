import type { Command } from "commander";
import { BlueprintList } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { hintFor } from "../permission.ts";
import { relative } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, tell } from "../terminal.ts";

export function blueprintList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway blueprint ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/blueprints", reply: BlueprintList });
        if (json === true) return say(terminal, JSON.stringify(list.blueprints));
        if (list.blueprints.length === 0) {
          const store = await hintFor(client, "blueprints", "Store one: slipway blueprint put shop.yaml.");
          const launch = await hintFor(client, "deployments", "Files can be launched as they are.");
          return tell(terminal, `No stored blueprints.${store}${launch}`);
        }
        const lines = table(
          list.blueprints,
          [
            { title: "NAME", of: ({ name }) => name },
            { title: "VERSION", of: ({ version }) => String(version), right: true },
            { title: "STORED", of: ({ createdAt }) => relative(Date.parse(createdAt), client.now()) },
            { title: "BY", of: ({ createdBy }) => createdBy },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}
