import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Deployment, type RelaunchRequest } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, blueprintSource } from "../blueprint-file.ts";
import { path } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import { HOLD_OPTION, LEASE_OPTION, type TimeOrNone, unlessNone } from "../lease.ts";
import { QUARANTINE_OPTION } from "../quarantine.ts";
import { collectPair } from "../parameters.ts";
import { type FollowOptions, following, isFollowed, shownAs } from "../following.ts";
import type { Run, Session } from "../session.ts";
import { say, tell } from "../terminal.ts";
import { watch } from "../watch.ts";

interface Options extends FollowOptions {
  readonly blueprint?: string;
  readonly set?: ReadonlyMap<string, string>;
  readonly lease?: number;
  readonly hold?: TimeOrNone;
  readonly quarantine?: TimeOrNone;
  readonly anyway?: boolean;
}

export function deploymentRelaunch(command: Command, run: Run): void {
  following(
    command
      .argument("<deployment>", "name or id")
      .option("--blueprint <blueprint>", `another one, with the same values: ${BLUEPRINT_ARGUMENT}`)
      .option("--set <name=value>", "a parameter that is another now; may be repeated", collectPair("--set"))
      .option(...LEASE_OPTION)
      .option(...HOLD_OPTION)
      .option(...QUARANTINE_OPTION)
      .option("--anyway", "launch also what no account of the pool offers, as far as is known"),
  )
    .addHelpText(
      "after",
      examples("slipway relaunch shop --watch", "slipway relaunch shop --set size=large") +
        "\n\nBlueprint and values are as they were, secret ones too; another blueprint is given its secrets anew." +
        "\nThe old one stays what it is, debt included, and is reached by its id.",
    )
    .action((ref: string, options: Options) => run((session) => relaunch(session, ref, options)));
}

async function relaunch(session: Session, ref: string, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const { blueprint, set = new Map(), lease, hold, quarantine, anyway, json } = options;
  const body: RelaunchRequest = {
    blueprint: blueprint === undefined ? undefined : (await blueprintSource(blueprint, terminal)).choice,
    parameters: Object.fromEntries(set),
    leaseMs: lease,
    holdMs: unlessNone(hold),
    quarantineMs: unlessNone(quarantine),
    anyway,
  };
  const at = path`/v1/deployments/${ref}/relaunch`;
  const launched = await client.ask({
    method: "POST",
    path: at,
    body,
    idempotencyKey: randomUUID(),
    reply: Deployment,
  });
  if (isFollowed(options)) return watch(session, launched.id, { ...shownAs(options), goal: ["running"] });
  if (json === true) say(terminal, JSON.stringify(launched));
  else tell(terminal, ...begun(launched));
  return EXIT.done;
}

function begun({ name, ref, id, relaunchOf }: Deployment): string[] {
  return [
    `${name} is launched once more, as ${id}.`,
    `  watch it:     slipway watch ${ref}`,
    `  the old one:  slipway show ${relaunchOf ?? ""}`,
  ];
}
