import type { Command } from "commander";
import { Plan, type PlannedInstance, type PlannedMatch } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, blueprintSource } from "../blueprint-source.ts";
import type { Client } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import { type GivenParameters, withMistakes } from "../mistakes.ts";
import { collectPair, parametersOf } from "../parameters.ts";
import { memory, money, oneLine, pauseLeft, relative, wrapped } from "../print.ts";
import { mayChange } from "../permission.ts";
import type { Run, Session } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

interface Options extends GivenParameters {
  readonly pool?: string;
  readonly json?: true;
}

export function deploymentPlan(program: Command, run: Run): void {
  program
    .command("plan")
    .description("show where a blueprint could go, and why not elsewhere")
    .argument("<blueprint>", BLUEPRINT_ARGUMENT)
    .option("--pool <pool>", "the only pool, or the one called default, when left out")
    .option("--set <name=value>", "a parameter; may be repeated", collectPair("--set"))
    .option("--set-file <name=file>", "a parameter from a file (-: standard input)", collectPair("--set-file"))
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      `${examples("slipway plan shop.yaml --pool prod")}\n\nNothing is launched. Exit code 1: no account can host it.`,
    )
    .action((blueprint: string, options: Options) => run((session) => plan(session, blueprint, options)));
}

async function plan(session: Session, blueprint: string, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const source = await blueprintSource(blueprint, terminal);
  const parameters = await parametersOf(options, source, { terminal, client });
  const body = { blueprint: source.choice, pool: options.pool, parameters };
  const made = await withMistakes(
    source,
    () => client.ask({ method: "POST", path: "/v1/plan", body, reply: Plan }),
    options,
  );
  say(
    terminal,
    ...(options.json === true ? [JSON.stringify(made)] : planLines(made, client.now(), columnsOf(terminal))),
  );
  if (made.matches.length > 0) return EXIT.done;
  const why =
    made.refused.length > 0
      ? `no account of pool ${made.pool} can host ${made.blueprint}`
      : `pool ${made.pool} has no account${await addHint(client)}`;
  terminal.stderr.write(`slipway: ${why}\n`);
  return EXIT.failed;
}

async function addHint(client: Client): Promise<string> {
  const hint = "see slipway account add --help and slipway pool set --help";
  return (await mayChange(client, "pools")) ? `: ${hint}` : "";
}

function planLines(plan: Plan, now: number, width: number): string[] {
  const { blueprint, pool, instances, matches, refused, blocks } = plan;
  const sizes = matches[0]?.placements ?? {};
  const count = instances.length === 1 ? "1 instance" : `${instances.length} instances`;
  const accounts = table(
    matches,
    [
      { title: "RANK", of: ({ rank }) => String(rank), right: true },
      { title: "ACCOUNT", of: ({ account }) => account },
      { title: "REALM", of: ({ realms }) => realms.join(", ") },
      { title: "PER HOUR", of: priceText, right: true },
      { title: "PAUSED FOR", of: ({ pausedUntil }) => pauseLeft(pausedUntil, now) ?? "" },
    ],
    width,
  );
  const others = table(
    refused,
    [
      { title: "NOT", of: ({ account }) => account },
      { title: "REALM", of: ({ realm }) => realm ?? "all" },
      { title: "WHY", of: ({ text }) => text },
    ],
    width,
  );
  const avoided = table(
    blocks,
    [
      { title: "AVOIDED AT", of: ({ account }) => account },
      { title: "REALM", of: ({ realm }) => (realm === "*" ? "all" : realm) },
      { title: "SIZE", of: ({ size }) => (size === "*" ? "all" : size) },
      { title: "NEXT TRY", of: ({ until }) => relative(Date.parse(until), now) },
      { title: "WHY", of: ({ reason, text }) => `${reason} was refused: ${text}` },
    ],
    width,
  );
  const order = table(
    instances,
    [
      { title: "INSTANCE", of: ({ name }) => name },
      { title: "NEEDS", of: needsOf },
      { title: "SIZE", of: ({ name }) => sizes[name]?.size ?? "-" },
      ...(policyOfRealms(plan)
        ? [{ title: "REALM", of: ({ name }: PlannedInstance) => sizes[name]?.realm ?? "-" }]
        : []),
      { title: "IMAGE", of: ({ name, image }) => sizes[name]?.image ?? image },
      { title: "AFTER", of: ({ dependsOn }) => (dependsOn.length === 0 ? "-" : dependsOn.join(", ")) },
    ],
    width,
  );
  return [
    `${blueprint} in pool ${pool}: ${count}`,
    ...(matches.length === 0 ? [] : ["", ...accounts]),
    ...(refused.length === 0 ? [] : ["", ...others]),
    ...(blocks.length === 0 ? [] : ["", ...avoided]),
    "",
    ...order,
    ...(matches[0]?.passedOver ?? []).flatMap(({ group, because }) =>
      wrapped(oneLine(`${group} takes ${takenBy(plan, group)}: ${because}`), width),
    ),
  ];
}

/** Of those whose price is known; a plus where there are others. */
function priceText({ hourlyCost, unpriced }: PlannedMatch): string {
  return `${money(hourlyCost)}${unpriced === 0 ? "" : " + unknown"}`;
}

/** Whether the best match is in several realms. */
function policyOfRealms({ matches }: Plan): boolean {
  return (matches[0]?.realms.length ?? 0) > 1;
}

function takenBy({ matches, instances }: Plan, group: string): string {
  const first = instances.find((instance) => instance.group === group);
  const placed = first === undefined ? undefined : matches[0]?.placements[first.name];
  return placed === undefined ? "an alternative" : `${placed.profile}, ${placed.image}`;
}

function needsOf({ profile }: PlannedInstance): string {
  const parts = [`${profile.cpu} cpu`, memory(profile.memoryMib)];
  if (profile.accelerators > 0) parts.push(`${profile.accelerators} ${profile.acceleratorKind ?? "accelerators"}`);
  return parts.join(", ");
}
