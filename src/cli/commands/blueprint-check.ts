import type { Command } from "commander";
import type { BlueprintOutline, Parameter } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, blueprintSource, outlineOf } from "../blueprint-source.ts";
import { table } from "../print.ts";
import type { Run } from "../session.ts";
import { columnsOf, say } from "../terminal.ts";

export function blueprintCheck(blueprints: Command, run: Run): void {
  blueprints
    .command("check")
    .description("check a blueprint and show what a launch of it asks for")
    .argument("<blueprint>", BLUEPRINT_ARGUMENT)
    .option("--json", "print JSON")
    .addHelpText("after", `${examples("slipway blueprint check shop.yaml")}\n\nExit code 2: it has mistakes.`)
    .action((blueprint: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const source = await blueprintSource(blueprint, terminal);
        const outline = await outlineOf(source, client);
        say(terminal, ...(json === true ? [JSON.stringify(outline)] : outlineLines(outline, columnsOf(terminal))));
      }),
    );
}

function outlineLines({ name, instances, parameters }: BlueprintOutline, width: number): string[] {
  const groups = table(
    instances,
    [
      { title: "INSTANCE", of: (group) => group.name },
      { title: "COUNT", of: ({ count }) => (count === null ? "by parameter" : String(count)), right: true },
      { title: "IMAGE", of: ({ image }) => image ?? "by parameter" },
      { title: "AFTER", of: ({ dependsOn }) => (dependsOn.length === 0 ? "-" : dependsOn.join(", ")) },
    ],
    width,
  );
  const asked = table(
    parameters,
    [
      { title: "PARAMETER", of: (parameter) => parameter.name },
      { title: "TYPE", of: ({ type, secret }) => (secret ? `${type}, secret` : type) },
      { title: "DEFAULT", of: presetOf },
      { title: "ABOUT", of: ({ description }) => description ?? "" },
    ],
    width,
  );
  return [`${name} has no mistakes.`, "", ...groups, ...(parameters.length === 0 ? [] : ["", ...asked])];
}

function presetOf({ required, hasDefault, default: preset }: Parameter): string {
  if (preset !== null) return String(preset);
  if (hasDefault) return "(not shown)";
  return required ? "none, required" : "none";
}
