// The requests that a running deployment takes: each is one POST and, if wished, watching what becomes of it.

import type { Command } from "commander";
import { Deployment, type RepairRequest } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { type Client, path, Refused } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { several } from "../several.ts";
import { say, tell } from "../terminal.ts";
import { watch, type WatchOptions } from "../watch.ts";

interface Followed {
  readonly watch?: true;
  readonly wait?: true;
  readonly json?: true;
}

interface Asking {
  readonly wishes: readonly {
    /** The path below that of all deployments. */
    readonly below: string;
    /** As in "shop is being stopped", unless it is a launch that is being cancelled. */
    readonly said: string;
    readonly body?: RepairRequest;
    /** What has come to its end already counts as done. */
    readonly endedIsDone?: boolean;
  }[];
  readonly options: Followed;
  readonly goal: WatchOptions["goal"];
}

export function deploymentCancel(program: Command, run: Run): void {
  const goal = ["cancelled"] as const;
  asking(program, "cancel", "give up a launch: roll it back and try no other account")
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: Followed) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/cancel`, said: "is being cancelled" }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentStop(program: Command, run: Run): void {
  const goal = ["stopped", "cancelled"] as const;
  asking(program, "stop", "stop deployments: undo all their machines; a launch under way is cancelled")
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: Followed) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/stop`, said: "is being stopped" }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentDown(program: Command, run: Run): void {
  const goal = ["stopped", "cancelled", "failed"] as const;
  asking(program, "down", "bring deployments down, whatever they are doing; what has ended already is no error")
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: Followed) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/stop`, said: "is being stopped", endedIsDone: true }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentRetryRollback(program: Command, run: Run): void {
  const goal = ["running", "failed", "cancelled"] as const;
  asking(program, "retry-rollback", "try at once to undo what a failed rollback has left")
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: Followed) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/retry-rollback`, said: "is tried again" }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function instanceRetry(program: Command, run: Run): void {
  const goal = ["running"] as const;
  asking(program, "retry", "try failed instances of an incomplete deployment again")
    .argument("<deployment>", "name or id")
    .argument("<instance...>", "their names")
    .action((ref: string, instances: readonly string[], options: Followed) => {
      const wishes = instances.map((instance) => ({
        below: path`${ref}/instances/${instance}/retry`,
        said: `tries ${instance} again`,
      }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentRepair(program: Command, run: Run): void {
  const goal = ["running"] as const;
  asking(program, "repair", "replace members of a deployment that is up: those named, or all that have failed")
    .argument("<deployment>", "name or id")
    .argument("[instance...]", "their names, also of members that run")
    .action((ref: string, instances: readonly string[], options: Followed) => {
      const said = instances.length === 0 ? "replaces what has failed" : `replaces ${instances.join(", ")}`;
      const wishes = [
        { below: path`${ref}/repair`, said, body: instances.length === 0 ? {} : { instances: [...instances] } },
      ];
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

const EXAMPLES: Readonly<Record<string, string>> = { retry: "shop app-2", repair: "shop db" };

function asking(program: Command, name: string, description: string): Command {
  const usual = EXAMPLES[name] ?? "shop";
  return program
    .command(name)
    .description(description)
    .option("--watch", "follow it: a live tree on a terminal, else one line per event")
    .option("--wait", "say nothing and wait until it has ended")
    .option("--json", "print JSON: with --watch one event per line and the deployment last")
    .addHelpText("after", examples(`slipway ${name} ${usual} --watch`, `slipway ${name} ${usual} --wait --json`));
}

/** All are asked before the first is followed; several are followed one after the other. */
async function ask(session: Session, { wishes, options, goal }: Asking): Promise<ExitCode> {
  const client = await session.client();
  const isFollowed = options.watch === true || options.wait === true;
  const { done, refused } = await several(wishes, async (wish) => {
    const { deployment, said } = await asked(client, wish);
    if (!isFollowed && options.json === true) say(session.terminal, JSON.stringify(deployment));
    if (!isFollowed && options.json !== true) tell(session.terminal, begun(deployment, said));
    return deployment;
  });
  let exitCode: ExitCode = EXIT.done;
  for (const [id, replies] of isFollowed ? Map.groupBy(done, (deployment) => deployment.id) : []) {
    // From the request on: it is the last step of the reply, and what came before has been seen.
    const after = Math.min(...replies.map(({ eventNo }) => eventNo)) - 1;
    const code = await watch(session, id, { as: displayOf(options), details: false, goal, after });
    if (code === EXIT.interrupted) return code;
    if (exitCode === EXIT.done) exitCode = code;
  }
  if (refused !== null) throw refused;
  return exitCode;
}

async function asked(
  client: Client,
  { below, said, body, endedIsDone = false }: Asking["wishes"][number],
): Promise<{ readonly deployment: Deployment; readonly said: string }> {
  try {
    const deployment = await client.ask({ method: "POST", path: `/v1/deployments/${below}`, body, reply: Deployment });
    return { deployment, said: deployment.cancelAskedAt === null ? said : "is being cancelled" };
  } catch (error) {
    if (!endedIsDone || !(error instanceof Refused) || error.problem.code !== "not_in_this_state") throw error;
    const [ref = ""] = below.split("/");
    const deployment = await client.ask({ path: `/v1/deployments/${ref}`, reply: Deployment });
    if (!deployment.final) throw error;
    return { deployment, said };
  }
}

function displayOf({ watch: isWatched, json }: Followed): WatchOptions["as"] {
  if (isWatched === true) return json === true ? "json" : "tree";
  return json === true ? "result" : "silent";
}

function begun({ name, ref, id, relaunchOf, standing, final }: Deployment, said: string): string {
  // Others had the name before: which one was taken is not to be guessed.
  const which = relaunchOf === null ? name : `${name} (${id})`;
  return final ? `${which} is ${standing} already.` : `${which} ${said}. Watch it: slipway watch ${ref}`;
}
