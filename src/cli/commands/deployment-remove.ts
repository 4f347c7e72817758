import type { Command } from "commander";
import { Deployment } from "../../contract/deployment.ts";
import { owedText } from "../../contract/standing.ts";
import { examples } from "../arguments.ts";
import { type Client, path, query, Refused } from "../client.ts";
import { Complaint } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { forEach } from "../several.ts";
import { say, tell } from "../terminal.ts";

interface Options {
  readonly stop?: true;
  readonly abandonDebt?: true;
  readonly json?: true;
}

export function deploymentRemove(command: Command, run: Run): void {
  command
    .argument("<deployment...>", "names or ids")
    .option("--stop", "stop it first if it still runs")
    .option(
      "--abandon-debt",
      "also with machines that are not proven gone; they stay in the ledger and are tried for ever",
    )
    .option("--json", "print JSON, one deployment per line")
    .addHelpText("after", examples("slipway rm shop", "slipway rm --stop shop"))
    .action((refs: readonly string[], options: Options) => run((session) => removeEach(session, refs, options)));
}

async function removeEach(session: Session, refs: readonly string[], options: Options): Promise<void> {
  const client = await session.client();
  await forEach(refs, async (ref) => {
    const deployment = await remove(client, ref, options);
    if (options.json === true) return say(session.terminal, JSON.stringify(deployment));
    tell(session.terminal, removedText(deployment), ...waitLines(deployment, options));
  });
}

async function remove(client: Client, ref: string, { stop, abandonDebt }: Options): Promise<Deployment> {
  const asked = path`/v1/deployments/${ref}` + query({ stop, abandonDebt });
  try {
    return await client.ask({ method: "DELETE", path: asked, reply: Deployment });
  } catch (error) {
    throw error instanceof Refused ? await explained(error, { client, ref, stop: stop === true }) : error;
  }
}

/** What is free by that, and what is not. */
function removedText({ id, name, pool, endedAt, deletedAt, machines, debt }: Deployment): string {
  const open = machines.filter((machine) => machine.open).length;
  if (deletedAt === null) {
    const first = endedAt === null ? "it is brought down first" : "what is left of it is removed first";
    return `${name} is being deleted: ${first}${open === 0 ? "" : ` (${counted(open)})`}`;
  }
  const left =
    open === 0
      ? ", no machine is left"
      : `; not proven gone and still counted against limits: ${counted(debt.count)} (slipway debt ls)`;
  return `${name} is deleted: its name in pool ${pool} is free again${left}. Its history: slipway show ${id}`;
}

/** What keeps it from being deleted, and how to wait no longer. */
function waitLines({ ref, deletedAt, debt }: Deployment, { abandonDebt }: Options): string[] {
  if (deletedAt !== null || debt.count === 0 || abandonDebt === true) return [];
  return [`  ${owedText(debt.count)}; to wait no longer: slipway rm --stop --abandon-debt ${ref}`];
}

const counted = (count: number): string => (count === 1 ? "1 machine" : `${count} machines`);

/** The server's no with the commands that lead on. */
async function explained(
  refused: Refused,
  { client, ref, stop }: { readonly client: Client; readonly ref: string; readonly stop: boolean },
): Promise<Complaint> {
  const { exitCode, message, problem } = refused;
  const end = (text: string, details: readonly string[]) => new Complaint(exitCode, text, { details, cause: refused });
  if (problem.code === "has_debt") {
    const { name, summary, debt } = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
    if (debt.count === 0) return refused;
    return end(`${name} ${summary}`, [
      "wait until that is proven: slipway debt ls",
      `or delete it while Slipway goes on removing them: slipway rm --abandon-debt ${ref}`,
    ]);
  }
  if (problem.code !== "not_in_this_state" || stop) return refused;
  const { actions } = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  const abandon = `or delete it while Slipway goes on removing what is left: slipway rm --stop --abandon-debt ${ref}`;
  const isOwing = actions.includes("abandon_debt");
  return end(message, [
    isOwing
      ? `stop it, and delete it once nothing is left: slipway rm --stop ${ref}`
      : `stop and delete it: slipway rm --stop ${ref}`,
    ...(isOwing ? [abandon] : []),
  ]);
}
