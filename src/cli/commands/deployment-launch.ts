import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Deployment, type LaunchRequest } from "../../contract/deployment.ts";
import { collect, examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, type BlueprintSource, blueprintSource } from "../blueprint-file.ts";
import { type Client, path } from "../client.ts";
import { badInput, EXIT, type ExitCode } from "../complaint.ts";
import { HOLD_OPTION, LEASE_OPTION, type TimeOrNone, unlessNone } from "../lease.ts";
import { QUARANTINE_OPTION } from "../quarantine.ts";
import { MAX_HOURLY_OPTION } from "../limits.ts";
import { type GivenParameters, planMistakes, planned, withMistakes, wrongValue } from "../mistakes.ts";
import { outputLines } from "../outputs.ts";
import { parametersIn } from "../parameter-files.ts";
import { collectPair, parametersOf } from "../parameters.ts";
import { permit } from "../permission.ts";
import { type FollowOptions, following, isFollowed, shownAs } from "../following.ts";
import type { Run, Session } from "../session.ts";
import { columnsOf, isInteractive, say, tell } from "../terminal.ts";
import { watch } from "../watch.ts";

interface Options extends GivenParameters, FollowOptions {
  readonly paramFile?: readonly string[];
  readonly name?: string;
  readonly pool?: string;
  readonly partial?: boolean;
  readonly lease?: number;
  readonly hold?: TimeOrNone;
  readonly quarantine?: TimeOrNone;
  readonly maxHourly?: number;
  readonly plan?: string;
  readonly anyway?: boolean;
}

export function deploymentLaunch(command: Command, run: Run): void {
  following(
    command
      .argument("[blueprint]", BLUEPRINT_ARGUMENT)
      .option("--plan <id>", "exactly what `slipway plan` has planned under this id, in place of a blueprint")
      .option("--name <name>", "the deployment's name; the blueprint's own with a number when left out")
      .option("--pool <pool>", "where to launch; the only pool, or the one called default, when left out")
      .option("--set <name=value>", "a parameter; may be repeated", collectPair("--set"))
      .option("--param-file <file>", "parameters from a map in YAML or JSON; may be repeated, --set wins", collect)
      .option("--set-file <name=file>", "a parameter from a file (-: standard input)", collectPair("--set-file"))
      .option("--partial", "keep what comes up instead of rolling back for a part")
      .option(...LEASE_OPTION)
      .option(...HOLD_OPTION)
      .option(...QUARANTINE_OPTION)
      .option(...MAX_HOURLY_OPTION)
      .option("--anyway", "launch also what no account of the pool offers, as far as is known"),
  )
    .addHelpText(
      "after",
      examples(
        "slipway launch shop.yaml --pool prod --watch",
        "slipway launch shop.yaml --set size=large --set-file cert=@cert.pem --wait && ./smoke-test",
      ) +
        "\n\nSecret parameters are asked for when they are not given; --set shows them to everyone who lists processes." +
        "\nCtrl-C ends the watching only: the launch goes on, and `slipway cancel NAME` ends it.",
    )
    .action((blueprint: string | undefined, options: Options) =>
      run(async (session) => {
        if (options.plan !== undefined) return await launchPlan(session, options.plan, { ...options, blueprint });
        if (blueprint === undefined)
          throw badInput(`say what to launch: ${BLUEPRINT_ARGUMENT}; or a plan, with --plan ID`);
        const fromFiles = await parametersIn(options.paramFile ?? [], session.terminal);
        return await launch(session, blueprint, { ...options, fromFiles });
      }),
    );
}

async function launch(session: Session, blueprint: string, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const source = await blueprintSource(blueprint, terminal);
  // Before anybody is asked for values.
  if (isInteractive(terminal)) await permit(client, "deployments");
  const { name, pool, partial, lease, hold, quarantine, anyway, maxHourly } = options;
  const body: LaunchRequest = {
    blueprint: source.choice,
    parameters: await parametersOf(options, source, {
      terminal,
      client,
      asksFor: () => true,
      beforehand: (parameters) => tryOut(client, source, { ...options, parameters }),
      check: (parameter, parameters) =>
        wrongValue(client, { blueprint: source.choice, pool, parameters, leaseMs: lease }, parameter),
    }),
    name,
    pool,
    partial,
    leaseMs: lease,
    holdMs: unlessNone(hold),
    quarantineMs: unlessNone(quarantine),
    maxHourly,
    anyway,
  };
  const idempotencyKey = randomUUID();
  const deployment = await withMistakes(
    source,
    () => client.ask({ method: "POST", path: "/v1/deployments", body, idempotencyKey, reply: Deployment }),
    options,
  );
  return await follow(session, client, { deployment, options });
}

/** What the plan says already, and what would make it another one. */
const PLANNED = [
  "name",
  "pool",
  "set",
  "paramFile",
  "setFile",
  "partial",
  "lease",
  "hold",
  "quarantine",
  "maxHourly",
  "anyway",
] as const;

async function launchPlan(
  session: Session,
  id: string,
  options: Options & { readonly blueprint: string | undefined },
): Promise<ExitCode> {
  const extra = options.blueprint ?? PLANNED.find((name) => options[name] !== undefined);
  if (extra !== undefined) {
    const told =
      extra === options.blueprint ? extra : `--${extra.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw badInput(`--plan ${id} launches exactly what was planned: leave out ${told}, or plan again with it`);
  }
  const client = await session.client();
  const deployment = await client.ask({
    method: "POST",
    path: path`/v1/plans/${id}/apply`,
    idempotencyKey: randomUUID(),
    reply: Deployment,
  });
  return await follow(session, client, { deployment, options });
}

/** What becomes of a launch that has begun, as far as was asked for. */
async function follow(
  session: Session,
  client: Client,
  { deployment, options }: { readonly deployment: Deployment; readonly options: Options },
): Promise<ExitCode> {
  const { terminal } = session;
  if (isFollowed(options)) {
    const exitCode = await watch(session, deployment.id, { ...shownAs(options), goal: ["running"] });
    const isUp = exitCode === EXIT.done || exitCode === EXIT.incomplete;
    if (isUp && deployment.outputs.length > 0 && options.json !== true) await tellOutputs(session, client, deployment);
    return exitCode;
  }
  if (options.json === true) say(terminal, JSON.stringify(deployment));
  else tell(terminal, ...begun(deployment));
  return EXIT.done;
}

async function tellOutputs({ terminal }: Session, client: Client, { id }: Deployment): Promise<void> {
  const { ref, outputs } = await client.ask({ path: path`/v1/deployments/${id}`, reply: Deployment });
  say(terminal, ...outputLines(ref, outputs, columnsOf(terminal)));
}

/** A plan with what is given so far: nobody is asked for values of a launch that would be refused. */
async function tryOut(
  client: Client,
  source: BlueprintSource,
  { pool, parameters, lease, anyway, ...given }: Options & { readonly parameters: Record<string, string> },
): Promise<void> {
  const plan = await planned(client, { blueprint: source.choice, pool, parameters, leaseMs: lease });
  const wrong = planMistakes(source, anyway === true ? { ...plan, notOffered: [] } : plan, given);
  if (wrong !== null) throw wrong;
}

function begun({ name, ref, pool }: Deployment): string[] {
  return [
    `The launch of ${name} in pool ${pool} has begun.`,
    `  watch it:   slipway watch ${ref}`,
    `  cancel it:  slipway cancel ${ref}`,
  ];
}
