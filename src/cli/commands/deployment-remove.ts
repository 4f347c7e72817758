import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { examples } from "../arguments.ts";
import { path, query, Refused } from "../client.ts";
import { Complaint, EXIT } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { say } from "../terminal.ts";

interface Options {
  readonly stop?: true;
  readonly abandonDebt?: true;
}

export function deploymentRemove(program: Command, run: Run): void {
  program
    .command("rm")
    .description("delete deployments that have ended; their history is kept: ls --all")
    .argument("<deployment...>", "names or ids")
    .option("--stop", "stop it first if it still runs")
    .option(
      "--abandon-debt",
      "also with machines that are not proven gone; they stay in the ledger and are tried for ever",
    )
    .addHelpText("after", examples("slipway rm shop", "slipway rm --stop shop"))
    .action((refs: readonly string[], options: Options) => run((session) => removeEach(session, refs, options)));
}

/** One that cannot be deleted does not keep the others; at the end it is told. */
async function removeEach(session: Session, refs: readonly string[], options: Options): Promise<void> {
  const refused: Complaint[] = [];
  for (const ref of refs) {
    try {
      await remove(session, ref, options);
    } catch (error) {
      if (!(error instanceof Complaint) || error.exitCode === EXIT.noAccess) throw error;
      refused.push(error);
    }
  }
  const [first, ...others] = refused;
  if (first === undefined) return;
  const details = [...first.details, ...others.flatMap((other) => [other.message, ...other.details])];
  throw new Complaint(first.exitCode, first.message, { details, cause: first.cause });
}

async function remove(session: Session, ref: string, { stop, abandonDebt }: Options): Promise<void> {
  const client = await session.client();
  const asked = path`/v1/deployments/${ref}` + query({ stop, abandonDebt });
  try {
    const { name, deletedAt } = await client.ask({ method: "DELETE", path: asked, reply: Deployment });
    say(session.terminal, deletedAt === null ? `${name} is being deleted` : `${name} is deleted`);
  } catch (error) {
    if (stop === true || !(error instanceof Refused) || error.problem.code !== "not_in_this_state") throw error;
    const details = [`stop and delete it: slipway rm --stop ${ref}`];
    throw new Complaint(error.exitCode, error.message, { details, cause: error });
  }
}
