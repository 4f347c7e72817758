import type { Command } from "commander";
import { PutBlueprint } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { blueprintSource } from "../blueprint-file.ts";
import { checkedBlueprint } from "../checked-blueprint.ts";
import { path, placeOf } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { say, tell } from "../terminal.ts";

export function blueprintPut(command: Command, run: Run): void {
  command
    .argument("<file>", "a file, or - for standard input")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway blueprint put shop.yaml", "slipway launch shop@2"))
    .action((file: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const source = await blueprintSource(file, terminal);
        if (!("source" in source.choice)) throw badInput(`${file}: there is no such file`);
        const body = source.choice;
        const { name, warnings } = await checkedBlueprint(source, client);
        const put = { method: "PUT", path: path`/v1/blueprints/${name}`, body, reply: PutBlueprint } as const;
        const stored = await client.ask(put);
        if (json === true) return say(terminal, JSON.stringify(stored));
        tell(terminal, storedText(stored), ...warnings.map((warning) => `Warning, ${placeOf(warning)}`));
      }),
    );
}

function storedText({ name, version, isNew }: PutBlueprint): string {
  const what = isNew ? `Stored ${name}, version ${version}.` : `${name} is unchanged: this is its version ${version}.`;
  return `${what} Launch it: slipway launch ${name}`;
}
