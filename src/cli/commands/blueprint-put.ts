import type { Command } from "commander";
import { StoredBlueprint } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { blueprintSource, checkedBlueprint } from "../blueprint-source.ts";
import { path } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { say } from "../terminal.ts";

export function blueprintPut(blueprints: Command, run: Run): void {
  blueprints
    .command("put")
    .description("store a blueprint, or its next version, under the name that is in it")
    .argument("<file>", "a file, or - for standard input")
    .addHelpText("after", examples("slipway blueprint put shop.yaml", "slipway launch shop@2"))
    .action((file: string) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const source = await blueprintSource(file, terminal);
        if (!("source" in source.choice)) throw badInput(`${file}: there is no such file`);
        const body = source.choice;
        const { name } = await checkedBlueprint(source, client);
        const put = { method: "PUT", path: path`/v1/blueprints/${name}`, body, reply: StoredBlueprint } as const;
        const { version } = await client.ask(put);
        say(terminal, `Stored ${name}, version ${version}. Launch it: slipway launch ${name}`);
      }),
    );
}
