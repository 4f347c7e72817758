// The requests that a running deployment takes: each is one POST and, if wished, watching what becomes of it.

import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import type { RepairRequest, RollbackRetry } from "../../contract/repair.ts";
import { allowOption, withRemedy } from "../allowing.ts";
import { collectName, examples } from "../arguments.ts";
import { type Client, path, Refused } from "../client.ts";
import { badInput, EXIT, type ExitCode } from "../complaint.ts";
import { type FollowOptions, following, isFollowed, shownAs } from "../following.ts";
import { goingText } from "../kept.ts";
import { withOthersKept } from "../quarantine.ts";
import type { Run, Session } from "../session.ts";
import { several } from "../several.ts";
import { say, tell } from "../terminal.ts";
import { watch, type WatchOptions } from "../watch.ts";

interface Asking {
  readonly wishes: readonly {
    /** The path below that of all deployments. */
    readonly below: string;
    /** As in "shop is being stopped", unless it is a launch that is being cancelled. */
    readonly said: string;
    readonly body?: RepairRequest | RollbackRetry;
    /** What is said of a protected member that is in the way, in place of the server's words. */
    readonly remedied?: Parameters<typeof withRemedy>[1];
    /** It goes on beside what its deployment does, also once that has ended. */
    readonly isBeside?: boolean;
    /** Whose machine in quarantine is to go: a refusal says of whom there is one. */
    readonly released?: { readonly ref: string; readonly instance: string };
    /** What has come to its end already counts as done. */
    readonly endedIsDone?: boolean;
  }[];
  readonly options: FollowOptions;
  readonly goal: WatchOptions["goal"];
}

export function deploymentCancel(command: Command, run: Run): void {
  const goal = ["cancelled"] as const;
  asking(command)
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: FollowOptions) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/cancel`, said: "is being cancelled" }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentRelease(command: Command, run: Run): void {
  const goal = ["running"] as const;
  asking(command)
    .argument("<deployment...>", "names or ids; with /INSTANCE: only the machine of it that is kept in quarantine")
    .action((refs: readonly string[], options: FollowOptions) => {
      const wishes = refs.map((ref) => {
        const { deployment, instance } = releasable(ref);
        if (instance === null) return { below: path`${deployment}/release`, said: "is being rolled back" };
        const said = `removes the machine of ${instance} that was kept in quarantine`;
        const below = path`${deployment}/instances/${instance}/release`;
        return { below, said, isBeside: true, released: { ref: deployment, instance } };
      });
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

function releasable(given: string): { readonly deployment: string; readonly instance: string | null } {
  const [deployment = "", instance = null, ...more] = given.split("/");
  if (deployment !== "" && instance !== "" && more.length === 0) return { deployment, instance };
  throw badInput(`${given}: write DEPLOYMENT, or DEPLOYMENT/INSTANCE, as in shop/web-1`);
}

export function deploymentStop(command: Command, run: Run): void {
  const goal = ["stopped", "cancelled"] as const;
  asking(command)
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: FollowOptions) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/stop`, said: "is being stopped" }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentDown(command: Command, run: Run): void {
  const goal = ["stopped", "cancelled", "failed"] as const;
  asking(command)
    .argument("<deployment...>", "names or ids")
    .action((refs: readonly string[], options: FollowOptions) => {
      const wishes = refs.map((ref) => ({ below: path`${ref}/stop`, said: "is being stopped", endedIsDone: true }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentRetryRollback(command: Command, run: Run): void {
  const goal = ["running", "failed", "cancelled"] as const;
  asking(command)
    .argument("<deployment...>", "names or ids")
    .option(
      "--skip <machine>",
      "one to give up as debt, by its id or its instance's name: the rollback goes on without it; may be repeated",
      collectName("--skip"),
    )
    .action((refs: readonly string[], { skip, ...options }: FollowOptions & { readonly skip?: readonly string[] }) => {
      const body: RollbackRetry = skip === undefined ? {} : { skip: [...skip] };
      const said = skip === undefined ? "is tried again" : `goes on without ${skip.join(", ")}`;
      const wishes = refs.map((ref) => ({ below: path`${ref}/retry-rollback`, said, body }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function instanceRetry(command: Command, run: Run): void {
  const goal = ["running"] as const;
  asking(command)
    .argument("<deployment>", "name or id")
    .argument("<instance...>", "their names")
    .action((ref: string, instances: readonly string[], options: FollowOptions) => {
      const wishes = instances.map((instance) => ({
        below: path`${ref}/instances/${instance}/retry`,
        said: `tries ${instance} again`,
      }));
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

export function deploymentRepair(command: Command, run: Run): void {
  const goal = ["running"] as const;
  asking(command)
    .argument("<deployment>", "name or id")
    .argument("[instance...]", "their names, also of members that run")
    .option(
      "--allow-replace <instance>",
      "a protected one that may be replaced; may be repeated",
      collectName("--allow-replace"),
    )
    .action((ref: string, instances: readonly string[], options: FollowOptions & Allowing) => {
      const said = instances.length === 0 ? "replaces what has failed" : `replaces ${instances.join(", ")}`;
      const body: RepairRequest = {
        ...(instances.length === 0 ? {} : { instances: [...instances] }),
        ...(options.allowReplace === undefined ? {} : { allowReplace: [...options.allowReplace] }),
      };
      const remedied = (detail: string, member: string): string => {
        const allowed = [...(options.allowReplace ?? []), member].map(allowOption);
        const command = ["slipway repair", ref, ...instances, ...allowed].join(" ");
        return detail.replace(/`slipway repair [^`]*`/, () => `\`${command}\``);
      };
      const wishes = [{ below: path`${ref}/repair`, said, body, remedied }];
      return run((session) => ask(session, { wishes, options, goal }));
    });
}

interface Allowing {
  readonly allowReplace?: readonly string[];
}

const EXAMPLES: Readonly<Record<string, string>> = { retry: "shop app-2", repair: "shop db" };

function asking(command: Command): Command {
  const name = command.name();
  const usual = EXAMPLES[name] ?? "shop";
  return following(command).addHelpText(
    "after",
    examples(`slipway ${name} ${usual} --watch`, `slipway ${name} ${usual} --wait --json`),
  );
}

/** All are asked before the first is followed; several are followed one after the other. */
async function ask(session: Session, { wishes, options, goal }: Asking): Promise<ExitCode> {
  const client = await session.client();
  const isWaitedFor = isFollowed(options);
  const { done, refused } = await several(wishes, async (wish) => {
    const { deployment, said } = await asked(client, wish);
    const isDone = deployment.final && wish.isBeside !== true;
    if (!isWaitedFor && options.json === true) say(session.terminal, JSON.stringify(deployment));
    if (!isWaitedFor && options.json !== true) tell(session.terminal, begun(deployment, { said, isDone }));
    return deployment;
  });
  let exitCode: ExitCode = EXIT.done;
  for (const [id, replies] of isWaitedFor ? Map.groupBy(done, (deployment) => deployment.id) : []) {
    // From the request on: it is the last step of the reply, and what came before has been seen.
    const after = Math.min(...replies.map(({ eventNo }) => eventNo)) - 1;
    // A cancelled update ends in what was before it.
    const isUpdate = replies.some(({ state, cancelAskedAt }) => state === "updating" && cancelAskedAt !== null);
    const ends = isUpdate ? ([...goal, "running", "incomplete"] as const) : goal;
    const code = await watch(session, id, { ...shownAs(options), goal: ends, after });
    if (code === EXIT.interrupted) return code;
    if (exitCode === EXIT.done) exitCode = code;
  }
  if (refused !== null) throw refused;
  return exitCode;
}

async function asked(
  client: Client,
  { below, said, body, remedied = (detail) => detail, endedIsDone = false, released }: Asking["wishes"][number],
): Promise<{ readonly deployment: Deployment; readonly said: string }> {
  try {
    const at = `/v1/deployments/${below}`;
    const post = () => client.ask({ method: "POST", path: at, body, reply: Deployment });
    const deployment = await withRemedy(post, remedied);
    return { deployment, said: deployment.cancelAskedAt === null ? said : cancelled(deployment) };
  } catch (error) {
    if (released !== undefined) throw await withOthersKept(error, { client, ...released });
    if (!endedIsDone || !(error instanceof Refused) || error.problem.code !== "not_in_this_state") throw error;
    const [ref = ""] = below.split("/");
    const deployment = await client.ask({ path: `/v1/deployments/${ref}`, reply: Deployment });
    if (!deployment.final) throw error;
    return { deployment, said };
  }
}

const cancelled = ({ state, stopAskedAt }: Deployment): string =>
  state === "updating" && stopAskedAt === null
    ? "goes back to what it was: only what its update has added is removed"
    : "is being cancelled";

function begun(deployment: Deployment, { said, isDone }: { readonly said: string; readonly isDone: boolean }): string {
  const { name, ref, id, relaunchOf, standing } = deployment;
  // Others had the name before: which one was taken is not to be guessed.
  const which = relaunchOf === null ? name : `${name} (${id})`;
  if (!isDone) return `${which} ${said}. Watch it: slipway watch ${ref}`;
  const going = goingText(deployment);
  return `${which} is ${standing} already${going === null ? "" : `; ${going}: slipway show ${ref}`}.`;
}
