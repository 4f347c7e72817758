import type { Command } from "commander";
import type { Parameter } from "../../contract/blueprint.ts";
import { Plan, type PlannedInstance, type PlannedMatch } from "../../contract/plan.ts";
import { costIn, isUnknown } from "../../contract/price.ts";
import { collect, examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, blueprintSource } from "../blueprint-file.ts";
import type { Client } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import { HOLD_OPTION, LEASE_OPTION, type TimeOrNone, unlessNone } from "../lease.ts";
import { QUARANTINE_OPTION } from "../quarantine.ts";
import { type GivenParameters, planMistakes, withMistakes, wrongValue } from "../mistakes.ts";
import { parametersIn } from "../parameter-files.ts";
import { collectPair, parametersOf } from "../parameters.ts";
import { MAX_HOURLY_OPTION } from "../limits.ts";
import { limit, memory, money, oneLine, pauseLeft, relative, wrapped } from "../print.ts";
import { mayChange } from "../permission.ts";
import type { Run, Session } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, warn } from "../terminal.ts";

interface Options extends GivenParameters {
  readonly paramFile?: readonly string[];
  readonly name?: string;
  readonly pool?: string;
  readonly partial?: boolean;
  readonly anyway?: boolean;
  readonly lease?: number;
  readonly hold?: TimeOrNone;
  readonly quarantine?: TimeOrNone;
  readonly maxHourly?: number;
  readonly json?: true;
}

export function deploymentPlan(command: Command, run: Run): void {
  command
    .argument("<blueprint>", BLUEPRINT_ARGUMENT)
    .option("--name <name>", "what the deployment will be called; the blueprint's own with a number when left out")
    .option("--pool <pool>", "the only pool, or the one called default, when left out")
    .option("--set <name=value>", "a parameter; may be repeated", collectPair("--set"))
    .option("--param-file <file>", "parameters from a map in YAML or JSON; may be repeated, --set wins", collect)
    .option("--set-file <name=file>", "a parameter from a file (-: standard input)", collectPair("--set-file"))
    .option(...LEASE_OPTION)
    .option(...HOLD_OPTION)
    .option(...QUARANTINE_OPTION)
    .option(...MAX_HOURLY_OPTION)
    .option("--partial", "keep what comes up instead of rolling back for a part")
    .option("--anyway", "plan also what no account of the pool offers, as far as is known")
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      examples("slipway plan shop.yaml --pool prod") +
        "\n\nNothing is launched, and nobody is asked for what only user data uses, such as secrets." +
        "\nWhat could be launched as it is gets an id: `slipway launch --plan ID` launches exactly that within an hour." +
        "\nExit code 1: no account can host it; 2: a launch would be refused.",
    )
    .action((blueprint: string, options: Options) =>
      run(async (session) => {
        const fromFiles = await parametersIn(options.paramFile ?? [], session.terminal);
        return await plan(session, blueprint, { ...options, fromFiles });
      }),
    );
}

async function plan(session: Session, blueprint: string, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const source = await blueprintSource(blueprint, terminal);
  const { name, pool, partial, anyway, lease: leaseMs, hold, quarantine, maxHourly } = options;
  const check = (parameter: string, values: Record<string, string>) =>
    wrongValue(client, { blueprint: source.choice, pool, leaseMs, parameters: values }, parameter);
  const asking = { terminal, client, asksFor: isPlanned, beforehand: async () => undefined, check };
  const parameters = await parametersOf(options, source, asking);
  const ofFailed = { holdMs: unlessNone(hold), quarantineMs: unlessNone(quarantine) };
  const wishes = { partial, anyway, leaseMs, ...ofFailed, maxHourly };
  const body = { blueprint: source.choice, name, pool, ...wishes, parameters };
  const made = await withMistakes(
    source,
    () => client.ask({ method: "POST", path: "/v1/plan", body, reply: Plan }),
    options,
  );
  say(
    terminal,
    ...(options.json === true ? [JSON.stringify(made)] : planLines(made, client.now(), columnsOf(terminal))),
  );
  const wrong = planMistakes(source, made, options);
  if (wrong !== null) throw wrong;
  if (made.matches.length > 0) return EXIT.done;
  const why =
    made.refused.length > 0
      ? `no account of pool ${made.pool} can host ${made.blueprint}`
      : `pool ${made.pool} has no account${await addHint(client)}`;
  warn(terminal, why);
  return EXIT.failed;
}

const isPlanned = ({ userDataOnly }: Parameter): boolean => !userDataOnly;

async function addHint(client: Client): Promise<string> {
  const hint = "see slipway account add --help and slipway pool set --help";
  return (await mayChange(client, "pools")) ? `: ${hint}` : "";
}

function planLines(plan: Plan, now: number, width: number): string[] {
  const { blueprint, pool, instances } = plan;
  const count = instances.length === 1 ? "1 instance" : `${instances.length} instances`;
  const parts = [
    [`${blueprint} in pool ${pool}: ${count}`, ...leaseLine(plan), ...holdLine(plan), ...quarantineLine(plan)],
    matchLines(plan, now, width),
    refusedLines(plan, width),
    avoidedLines(plan, now, width),
    [...instanceLines(plan, width), ...passedOverLines(plan, width)],
    plannedOutputLines(plan, width),
    openLines(plan, width),
    keptLines(plan, now),
  ];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

function leaseLine({ leaseMs, matches }: Plan): string[] {
  if (leaseMs === null) return [];
  const [first] = matches;
  const price = first === undefined ? null : costIn(leaseMs, { ...first, dollars: first.hourlyCost });
  const cost = price === null ? "" : `: ${money(price)} at the first of these`;
  return [`Leased for ${limit(leaseMs)} from when all of it runs, then it stops by itself${cost}`];
}

function holdLine({ holdMs, matches }: Plan): string[] {
  if (holdMs === null) return [];
  const [first] = matches;
  const price = first === undefined ? null : costIn(holdMs, { ...first, dollars: first.hourlyCost });
  const cost = price === null ? "" : `: at most ${money(price)} for each at the first of these`;
  return [`What fails is held for study for ${limit(holdMs)} before it is undone${cost}`];
}

function quarantineLine({ quarantineMs }: Plan): string[] {
  if (quarantineMs === null) return [];
  return [
    `The machine that an attempt fails for is kept alone for ${limit(quarantineMs)}, beside what the launch costs`,
  ];
}

function matchLines({ matches }: Plan, now: number, width: number): string[] {
  if (matches.length === 0) return [];
  const lines = table(
    matches,
    [
      { title: "RANK", of: ({ rank }) => String(rank), right: true },
      { title: "ACCOUNT", of: ({ account }) => account },
      { title: "REALM", of: ({ realms }) => realms.join(", ") },
      { title: "PER HOUR", of: priceText, right: true },
      { title: WITHOUT, of: usually, right: true },
      { title: "PAUSED FOR", of: ({ pausedUntil }) => pauseLeft(pausedUntil, now) ?? "" },
    ],
    width,
  );
  const legend = `${WITHOUT}: per hour, if launches did not leave alone for now what a cloud has refused lately; what that is stands below`;
  return matches.every((match) => usually(match) === "") ? lines : [...lines, ...wrapped(legend, width)];
}

const WITHOUT = "WITHOUT AVOIDING";

function refusedLines({ refused }: Plan, width: number): string[] {
  if (refused.length === 0) return [];
  return table(
    refused,
    [
      { title: "NOT", of: ({ account }) => account },
      { title: "REALM", of: ({ realm }) => realm ?? "all" },
      { title: "WHY", of: ({ text }) => text },
    ],
    width,
  );
}

function avoidedLines({ blocks }: Plan, now: number, width: number): string[] {
  if (blocks.length === 0) return [];
  return table(
    blocks,
    [
      { title: "AVOIDED AT", of: ({ account }) => account },
      { title: "REALM", of: ({ realm }) => (realm === "*" ? "all" : realm) },
      { title: "SIZE", of: ({ size }) => size.replace("*", "all") },
      { title: "NEXT TRY", of: ({ until }) => relative(Date.parse(until), now) },
      { title: "WHY", of: ({ reason, text }) => `${reason} was refused: ${text}` },
    ],
    width,
  );
}

function instanceLines(plan: Plan, width: number): string[] {
  const { instances, matches } = plan;
  const sizes = matches[0]?.placements ?? {};
  return table(
    instances,
    [
      { title: "INSTANCE", of: ({ name }) => name },
      { title: "NEEDS", of: needsOf },
      { title: "SIZE", of: ({ name }) => sizes[name]?.size ?? "-" },
      ...(policyOfRealms(plan)
        ? [{ title: "REALM", of: ({ name }: PlannedInstance) => sizes[name]?.realm ?? "-" }]
        : []),
      { title: "INSTEAD OF", of: ({ name }) => insteadOf(sizes[name]) },
      { title: "IMAGE", of: ({ name, image }) => sizes[name]?.image ?? image },
      { title: "AFTER", of: ({ dependsOn }) => (dependsOn.length === 0 ? "-" : dependsOn.join(", ")) },
    ],
    width,
  );
}

function passedOverLines(plan: Plan, width: number): string[] {
  const passedOver = plan.matches[0]?.passedOver ?? [];
  return passedOver.flatMap(({ group, because }) =>
    wrapped(oneLine(`${group} takes ${takenBy(plan, group)}: ${because}`), width),
  );
}

/** Where a size is left alone for now, another one may cost more. */
function usually({ hourlyCost, usualHourlyCost, placements }: PlannedMatch): string {
  if (usualHourlyCost !== null) return hourlyCost === usualHourlyCost ? "" : money(usualHourlyCost);
  return Object.values(placements).some((one) => one.usually !== null) ? "unknown" : "";
}

function insteadOf(placement: PlannedMatch["placements"][string] | undefined): string {
  const other = placement?.usually ?? null;
  if (other === null) return "";
  return other.realm === placement?.realm ? other.size : `${other.size} (${other.realm})`;
}

function plannedOutputLines({ outputs }: Plan, width: number): string[] {
  if (outputs.length === 0) return [];
  return table(
    outputs,
    [
      { title: "OUTPUT", of: ({ name, secret }) => (secret ? `${name}, secret` : name) },
      { title: "FROM", of: ({ from }) => (from.length === 0 ? "-" : from.join(", ")) },
      { title: "ABOUT", of: ({ description }) => description ?? "" },
    ],
    width,
  );
}

/** What was not needed. */
function openLines({ mistakes }: Plan, width: number): string[] {
  const names = mistakes.flatMap(({ parameter }) => parameter ?? []);
  if (names.length === 0) return [];
  return wrapped(
    `Only user data uses these parameters: a launch needs them, this plan did not: ${names.join(", ")}`,
    width,
  );
}

/** How to launch exactly this; nothing where it cannot be launched as it is. */
function keptLines({ id, expiresAt }: Plan, now: number): string[] {
  if (id === null || expiresAt === null) return [];
  return [`To launch exactly this within ${limit(Date.parse(expiresAt) - now)}: slipway launch --plan ${id}`];
}

/** Of those whose price is known; a plus where there are others. */
function priceText({ hourlyCost, unpriced }: PlannedMatch): string {
  if (isUnknown({ dollars: hourlyCost, unpriced })) return "unknown";
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
