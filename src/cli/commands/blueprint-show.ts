import type { Command } from "commander";
import { StoredBlueprint } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { blueprintSource } from "../blueprint-file.ts";
import { path, query } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { say } from "../terminal.ts";

export function blueprintShow(command: Command, run: Run): void {
  command
    .argument("<blueprint>", "NAME[@VERSION]; the newest version when left out")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway blueprint show shop@2 > shop.yaml"))
    .action((given: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const { choice } = await blueprintSource(given, terminal);
        if ("source" in choice) throw badInput(`${given} is a file: give the name of a stored blueprint`);
        const client = await open();
        const asked = path`/v1/blueprints/${choice.name}` + query({ version: choice.version });
        const stored = await client.ask({ path: asked, reply: StoredBlueprint });
        say(terminal, json === true ? JSON.stringify(stored) : stored.source.replace(/\n$/, ""));
      }),
    );
}
