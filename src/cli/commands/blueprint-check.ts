import type { Command } from "commander";
import type { CheckedBlueprint, Parameter } from "../../contract/blueprint.ts";
import { examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, blueprintSource } from "../blueprint-file.ts";
import { checkedBlueprint } from "../checked-blueprint.ts";
import { listed } from "../print.ts";
import { placeOf } from "../client.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function blueprintCheck(command: Command, run: Run): void {
  command
    .argument("<blueprint>", BLUEPRINT_ARGUMENT)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `${examples("slipway blueprint check shop.yaml")}\n\nWhat parameters decide is checked by plan and launch. Exit code 2: it has mistakes.`,
    )
    .action((blueprint: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const source = await blueprintSource(blueprint, terminal);
        const checked = await checkedBlueprint(source, client);
        say(terminal, ...(json === true ? [JSON.stringify(checked)] : checkedLines(checked, columnsOf(terminal))));
      }),
    );
}

function checkedLines(checked: CheckedBlueprint, width: number): string[] {
  const { name, instances, parameters, outputs, warnings, checkedAt } = checked;
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
  const told = table(
    outputs,
    [
      { title: "OUTPUT", of: (output) => output.name },
      { title: "SHOWN TO", of: ({ secret }) => (secret ? "operators and admins" : "everyone with a token") },
      { title: "ABOUT", of: ({ description }) => description ?? "" },
    ],
    width,
  );
  const offered =
    checkedAt.length === 0
      ? "What it names was not looked for: no account's offers have been read yet."
      : warnings.length === 0
        ? `Each image and profile that it names is offered by an account, of ${listed(checkedAt)}.`
        : "";
  return [
    `${name} has no mistakes, and its hardware profiles exist.`,
    ...(offered === "" ? [] : [offered]),
    ...warnings.map((warning) => `Warning, ${placeOf(warning)}`),
    "",
    ...groups,
    ...(parameters.length === 0 ? [] : ["", ...asked]),
    ...(outputs.length === 0 ? [] : ["", ...told]),
    "",
    "Where all of it would fit: slipway plan",
  ];
}

function presetOf({ required, hasDefault, default: preset }: Parameter): string {
  if (preset !== null) return String(preset);
  if (hasDefault) return "(not shown)";
  return required ? "none, required" : "none";
}
