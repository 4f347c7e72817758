import type { Command } from "commander";
import { noSuch } from "../../contract/no-such.ts";
import { type Provider, type ProviderField, ProviderList } from "../../contract/provider.ts";
import { examples } from "../arguments.ts";
import { badInput } from "../complaint.ts";
import { wrapped } from "../print.ts";
import type { Run } from "../session.ts";
import { columnsOf, say } from "../terminal.ts";

export function providerShow(command: Command, run: Run): void {
  command
    .argument("<name>", "the provider")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway provider show docker"))
    .action((name: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/providers", reply: ProviderList });
        const provider = list.providers.find((one) => one.name === name);
        if (provider === undefined) {
          const names = list.providers.map((one) => one.name);
          throw badInput(noSuch("provider", name, names));
        }
        if (json === true) return say(terminal, JSON.stringify(provider));
        say(terminal, ...providerLines(provider, columnsOf(terminal)));
      }),
    );
}

function providerLines({ name, about, fields, where }: Provider, width: number): string[] {
  const ways = [
    ...(fields.some(({ of, kind }) => of === "credential" && kind !== "lines")
      ? ["- asks without echo, or reads standard input"]
      : []),
    ...(fields.some(({ kind }) => kind === "lines")
      ? ["@FILE reads a text of several lines, such as PEM, from a file"]
      : []),
  ];
  const end = ways.length === 0 ? [] : ["", ...wrapped(`${ways.join("; ")}.`, width)];
  const told = fields.flatMap((field) => fieldLines(field, width));
  return [...wrapped(`${name}: ${about}`, width), ...told, ...end, ...whereLines(where, width)];
}

/** What it takes of where machines are put, from accounts and from blueprints. */
function whereLines(where: Provider["where"], width: number): string[] {
  if (where.length === 0) return ["", ...wrapped("It takes no placement from blueprints but spot.", width)];
  return where.flatMap(({ name, inAccount, word, help }) => {
    const option = inAccount
      ? `--where [REALM.]${name}=${word} (optional)`
      : `placement.${name} in a blueprint: ${word}`;
    const told = inAccount ? `${help} A blueprint's own comes first.` : help;
    return ["", ...wrapped(option, width), ...wrapped(told, width - 2).map((line) => `  ${line}`)];
  });
}

function fieldLines(field: ProviderField, width: number): string[] {
  const option = field.of === "setting" ? "--set" : "--credential";
  const given = field.of === "credential" && field.kind !== "lines" ? "-" : wordOf(field);
  const texts = [field.help, ...(field.example === null ? [] : [`Such as ${field.example}`])];
  const indented = texts.flatMap((text) => wrapped(text, width - 2).map((line) => `  ${line}`));
  return ["", ...wrapped(`${option} ${field.name}=${given} (${whenLeftOut(field)})`, width), ...indented];
}

function wordOf(field: ProviderField): string {
  switch (field.kind) {
    case "amount":
      return `${field.least}..${field.most}`;
    case "flag":
      return "true|false";
    case "choice":
      return field.choices.join("|");
    case "address":
      return "ADDRESS";
    case "lines":
      return "@FILE";
    case "text":
      return "TEXT";
  }
}

function whenLeftOut({ isRequired, default: counts }: ProviderField): string {
  if (isRequired) return "required";
  return counts === null ? "optional" : `${String(counts)} when left out`;
}
