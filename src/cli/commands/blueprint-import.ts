import type { Command } from "commander";
import { examples } from "../arguments.ts";
import type { Run } from "../session.ts";
import { remark, say } from "../terminal.ts";
import { readFileText, readStdinText } from "../text-input.ts";

export function blueprintImport(command: Command, run: Run): void {
  command
    .argument("<file>", "the deployable's XML, or - for standard input")
    .addHelpText("after", examples("slipway blueprint import wordpress.xml > wordpress.yaml"))
    .action((file: string) =>
      run(async ({ terminal }) => {
        const text = file === "-" ? await readStdinText(terminal) : await readFileText(file);
        const label = file === "-" ? "standard input" : file;
        // Loaded by those alone who import something.
        const { readDeployable } = await import("../deployable/deployable.ts");
        const { blueprintFrom } = await import("../deployable/blueprint.ts");
        const { source, notes } = blueprintFrom(readDeployable(text, label), label);
        say(terminal, source.replace(/\n$/, ""));
        remark(terminal, ...notes.map((note) => `Note: ${note}.`));
      }),
    );
}
