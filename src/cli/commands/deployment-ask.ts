// The requests that a running deployment takes: each is one POST and, if wished, watching what becomes of it.

import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { EXIT } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { say } from "../terminal.ts";
import { watch, type WatchOptions } from "../watch.ts";

interface Followed {
  readonly watch?: true;
  readonly wait?: true;
}

export function deploymentCancel(program: Command, run: Run): void {
  asking(program, "cancel", "give up a launch: roll it back and try no other account").action(
    (ref: string, options: Followed) =>
      run((session) => post(session, path`${ref}/cancel`, { options, goal: ["failed"], said: "is being rolled back" })),
  );
}

export function deploymentStop(program: Command, run: Run): void {
  asking(program, "stop", "stop a running deployment: undo all its machines").action((ref: string, options: Followed) =>
    run((session) => post(session, path`${ref}/stop`, { options, goal: ["stopped"], said: "is being stopped" })),
  );
}

export function deploymentRetryRollback(program: Command, run: Run): void {
  asking(program, "retry-rollback", "try at once to undo what a failed rollback has left").action(
    (ref: string, options: Followed) =>
      run((session) =>
        post(session, path`${ref}/retry-rollback`, { options, goal: ["running", "failed"], said: "is tried again" }),
      ),
  );
}

export function instanceRetry(program: Command, run: Run): void {
  asking(program, "retry", "try a failed instance of an incomplete deployment again")
    .argument("<instance>", "its name")
    .action((ref: string, instance: string, options: Followed) =>
      run((session) =>
        post(session, path`${ref}/instances/${instance}/retry`, {
          options,
          goal: ["running"],
          said: `tries ${instance} again`,
        }),
      ),
    );
}

const EXAMPLES: Readonly<Record<string, string>> = { retry: "shop app-2" };

function asking(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument("<deployment>", "name or id")
    .option("--watch", "follow it: a live tree on a terminal, else one line per event")
    .option("--wait", "say nothing and wait until it has ended")
    .addHelpText("after", examples(`slipway ${name} ${EXAMPLES[name] ?? "shop"} --watch`));
}

async function post(
  session: Session,
  below: string,
  { options, goal, said }: { options: Followed; goal: WatchOptions["goal"]; said: string },
) {
  const client = await session.client();
  const deployment = await client.ask({ method: "POST", path: `/v1/deployments/${below}`, reply: Deployment });
  // From the request on: it is the last step of the reply, and what came before has been seen.
  const from = { details: false, goal, after: deployment.eventNo - 1 };
  if (options.watch === true) return await watch(session, deployment.id, { as: "tree", ...from });
  if (options.wait === true) return await watch(session, deployment.id, { as: "silent", ...from });
  say(session.terminal, `${deployment.name} ${said}. Watch it: slipway watch ${deployment.name}`);
  return EXIT.done;
}
