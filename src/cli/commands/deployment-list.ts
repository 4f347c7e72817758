import type { Command } from "commander";
import { AccountList } from "../../contract/account.ts";
import {
  DeploymentPage,
  DEPLOYMENTS_PER_PAGE,
  DeploymentState,
  type DeploymentSummary,
} from "../../contract/deployment.ts";
import { owedText } from "../../contract/standing.ts";
import { collect, examples, oneOf, wholeNumber } from "../arguments.ts";
import { byFilter, type Client, query, Refused } from "../client.ts";
import { leaseLeftMs } from "../lease.ts";
import { hintFor } from "../permission.ts";
import { duration, note, relative, relativeDue, wholeNotes } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { deploymentLook } from "../states.ts";
import { table } from "../table.ts";
import { columnsOf, remark, say, tell } from "../terminal.ts";

interface Options {
  readonly state?: readonly string[];
  readonly pool?: string;
  readonly all?: true;
  readonly limit: number;
  readonly json?: true;
}

export function deploymentList(command: Command, run: Run): void {
  const { usual, most } = DEPLOYMENTS_PER_PAGE;
  command
    .option("--state <state>", "only those in this state; may be repeated", collect)
    .option("--pool <pool>", "only those of this pool")
    .option("--all", "deleted ones too, with the id that finds them")
    .option("--limit <n>", "how many at most", wholeNumber("--limit", 1, most), usual)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `${examples("slipway ls --state running --pool prod")}\n\nStates: ${DeploymentState.options.join(", ")}`,
    )
    .action((options: Options) => run((session) => list(session, options)));
}

async function list(session: Session, options: Options): Promise<void> {
  const { terminal } = session;
  const states = options.state?.map(oneOf("--state", DeploymentState.options));
  const client = await session.client();
  const filter = query({
    state: states?.join(","),
    pool: options.pool,
    deleted: options.all,
    limit: options.limit,
  });
  const page = await byFilter(() => client.ask({ path: `/v1/deployments${filter}`, reply: DeploymentPage }));
  if (options.json === true) return say(terminal, JSON.stringify(page.deployments));
  if (page.deployments.length === 0) {
    const isFiltered = states !== undefined || options.pool !== undefined;
    return tell(terminal, isFiltered ? "No deployment is like that. All of them: slipway ls" : await nextStep(client));
  }
  say(terminal, ...listLines(page.deployments, client.now(), columnsOf(terminal)));
  const texts = page.deployments.flatMap(({ parked, failure }) => [parked?.text ?? null, failure]);
  remark(terminal, ...wholeNotes(texts, "slipway show NAME"));
  if (page.next !== null) remark(terminal, `There are more: slipway ls --limit ${DEPLOYMENTS_PER_PAGE.most}`);
}

function listLines(deployments: readonly DeploymentSummary[], now: number, width: number): string[] {
  return table(
    deployments,
    [
      { title: "NAME", of: ({ name }) => name },
      { title: "STATE", of: stateOf },
      { title: "READY", of: ({ readyCount, instanceCount }) => `${readyCount}/${instanceCount}`, right: true },
      { title: "POOL", of: ({ pool }) => pool },
      { title: "ACCOUNT", of: ({ account }) => account ?? "-" },
      { title: "LAUNCHED", of: ({ createdAt }) => relative(Date.parse(createdAt), now) },
      { title: "NOTE", of: (deployment) => noteOf(deployment, now) },
    ],
    width,
  );
}

const stateOf = ({ standing, debtCount }: DeploymentSummary): string =>
  `${deploymentLook(standing, debtCount).symbol} ${standing}`;

/** The name of a deleted one may be another's by now: it is found by its id. */
function noteOf(deployment: DeploymentSummary, now: number): string {
  const { id, failure, debtCount, deletedAt, standing, parked, seeksUntil } = deployment;
  const held =
    parked === null
      ? null
      : `cannot go on: ${note(parked.text)}, tried again ${relativeDue(Date.parse(parked.nextTryAt), now)}`;
  const leftMs = seeksUntil === null ? null : Math.max(0, Date.parse(seeksUntil) - now);
  const seeking = leftMs === null ? null : `waits for another account, ${duration(leftMs)} at most`;
  const deleted = deletedAt === null ? null : `deleted, id ${id}`;
  const debt = debtCount === 0 ? null : owedText(debtCount);
  // Why it was cancelled is in its state; why it failed is not why its rollback is stuck.
  const why =
    standing === "cancelled" || failure === null
      ? null
      : standing === "rollback_failed"
        ? `the launch failed: ${note(failure)}`
        : note(failure);
  const lease = leaseLeftMs(deployment, now);
  const leased = lease === null ? null : `stops in ${duration(lease)}`;
  return [held, seeking, deleted, debt, why, leased].filter((one) => one !== null).join("; ");
}

/** What somebody with nothing in the list does next. */
async function nextStep(client: Client): Promise<string> {
  if (await hasAccounts(client)) {
    const launch = await hintFor(client, "deployments", "Launch one: slipway launch BLUEPRINT.yaml --watch");
    return `No deployments yet.${launch}`;
  }
  const add = await hintFor(client, "accounts", "First add an account at a cloud: see slipway account add --help");
  return `No deployments and no accounts yet.${add}`;
}

/** Accounts serve all pools, and are not for those who hold a role in some: whether there is one is not theirs to look at, nor to mend. */
async function hasAccounts(client: Client): Promise<boolean> {
  try {
    return (await client.ask({ path: "/v1/accounts", reply: AccountList })).accounts.length > 0;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "not_permitted") return true;
    throw error;
  }
}
