import type { Command } from "commander";
import { type Action, Deployment, type Instance, type Machine } from "../../contract/deployment.ts";
import { isUnknown, UNKNOWN_PRICE, uncountedText } from "../../contract/price.ts";
import { rebootText } from "../../contract/reboot-text.ts";
import { changesText, revisionText } from "../../contract/revision-text.ts";
import { owedText } from "../../contract/standing.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { leaseLines } from "../lease.ts";
import { outputLines } from "../outputs.ts";
import { quarantineLines } from "../quarantine.ts";
import { hourlyText, money, oneLine, owingText, relative, shortId, wrapped, clockTime } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { ATTEMPT_LOOKS } from "../states.ts";
import { table } from "../table.ts";
import { columnsOf, paintOf, say } from "../terminal.ts";
import { type Frame, treeLines } from "../tree.ts";

export function deploymentShow(command: Command, run: Run): void {
  command
    .argument("<deployment>", "name or id")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway show shop", "slipway show shop --json | jq .cost.total"))
    .action((ref: string, options: { json?: true }) => run((session) => show(session, ref, options.json === true)));
}

async function show(session: Session, ref: string, json: boolean): Promise<void> {
  const { terminal } = session;
  const client = await session.client();
  const deployment = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  if (json) return say(terminal, JSON.stringify(deployment));
  const frame = { now: client.now(), width: columnsOf(terminal), height: Infinity, paint: paintOf(terminal) };
  say(terminal, ...showLines(deployment, frame));
}

function showLines(deployment: Deployment, frame: Frame): string[] {
  const { parameters } = deployment;
  const given = Object.entries(parameters).map(([name, value]) => `  ${name} = ${value === null ? "(secret)" : value}`);
  return [
    ...treeLines(deployment, frame),
    ...refusalLines(deployment),
    "",
    ...machineLines(deployment, frame),
    ...blockOf(rebootLines(deployment).flatMap((line) => wrapped(line, frame.width))),
    ...blockOf(outdatedLines(deployment).flatMap((line) => wrapped(line, frame.width))),
    ...blockOf(outputLines(deployment.ref, deployment.outputs, frame.width)),
    ...(given.length === 0 ? [] : ["Parameters:", ...given.map(oneLine).map((line) => `  ${line}`), ""]),
    ...[
      ...originLines(deployment, frame),
      ...revisionLines(deployment, frame),
      ...leaseLines(deployment, frame.now),
      ...costLines(deployment),
      ...quarantineLines(deployment, frame.now),
    ].flatMap((line) => wrapped(line, frame.width)),
    ...actionLines(deployment),
  ];
}

const blockOf = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [...lines, ""]);

/** Without an attempt, only the steps tell why each account was refused. */
function refusalLines({ ref, state, attempts, kept }: Deployment): string[] {
  const isTold = kept.ledgerGoneAt === null && kept.stepsFrom === 1;
  return isTold && state === "failed" && attempts.length === 0
    ? [`Why each account was refused: slipway events ${ref}`]
    : [];
}

function machineLines({ instances, machines, kept }: Deployment, { width }: Frame): string[] {
  const lines = table(
    instances,
    [
      { title: "INSTANCE", of: ({ name }) => name },
      { title: "SIZE", of: ({ size }) => size ?? "-" },
      { title: "IMAGE", of: ({ image }) => image },
      { title: "PRIVATE", of: ({ privateAddress }) => privateAddress ?? "-" },
      { title: "PUBLIC", of: ({ publicAddress }) => publicAddress ?? "-" },
      { title: "PER HOUR", of: (one) => priceText(one, machines), right: true },
      { title: "AT THE CLOUD", of: (one) => (kept.ledgerGoneAt === null ? atCloud(one, machines) : "not kept") },
    ],
    width,
  );
  return [...lines, ""];
}

function rebootLines({ instances }: Deployment): string[] {
  return instances.flatMap((instance) => {
    const text = rebootText(instance, (time) => clockTime(Date.parse(time)));
    return text === null ? [] : [`The reboot of ${instance.name} is ${text}`];
  });
}

/** User data is filled in once: what it says of members that were replaced since is not so any more. */
function outdatedLines({ ref, instances }: Deployment): string[] {
  return instances
    .filter(({ outdated }) => outdated.length > 0)
    .map(({ name, outdated, repairable, protect }) => {
      const allowed = protect ? ` --allow-replace ${name}` : "";
      const remedy = repairable ? `: slipway repair ${ref} ${name}${allowed} replaces it` : "";
      return `${name} was told about the former machine of ${outdated.join(", ")}${remedy}`;
    });
}

/** Nothing where nothing stands for it at a cloud. */
function priceText({ hourlyCost, machine }: Instance, machines: readonly Machine[]): string {
  if (hourlyCost !== null) return money(hourlyCost);
  return machines.some(({ id, open }) => id === machine && open) ? UNKNOWN_PRICE : "-";
}

/** The cloud's own name of what stands for the instance now, or how it comes that there is none. */
function atCloud({ machine, externalId }: Instance, machines: readonly Machine[]): string {
  if (machine === null) return "no machine";
  const isOpen = machines.find(({ id }) => id === machine)?.open ?? true;
  if (externalId === null) return isOpen ? "not known yet" : "never made";
  return `${shortId(externalId)}${isOpen ? "" : ", gone"}`;
}

function originLines(
  { id, pool, blueprint, createdBy, createdAt, partial, relaunchOf, successor }: Deployment,
  { now }: Frame,
): string[] {
  const mode = partial ? ", what fails may stay out" : "";
  return [
    `Launched by ${createdBy} ${relative(Date.parse(createdAt), now)} from ${blueprint} in pool ${pool}${mode}; id ${id}`,
    ...(relaunchOf === null ? [] : [`Launched once more after ${relaunchOf}: slipway show ${relaunchOf}`]),
    ...(successor === null ? [] : [`Its name belongs to ${successor} now: slipway show ${successor}`]),
  ];
}

function revisionLines({ revisions }: Deployment, { now }: Frame): string[] {
  return revisions.flatMap((one) => {
    const { said, why } = revisionText(one);
    const mark = one.outcome === "failed" ? `${ATTEMPT_LOOKS.failed.symbol} ` : "";
    const changes = changesText(one);
    const line = `${mark}${said} ${relative(Date.parse(one.endedAt ?? one.begunAt), now)}${oneLine(why)}`;
    return changes === null ? [line] : [line, oneLine(changes)];
  });
}

function costLines({ cost, debt }: Deployment): string[] {
  const { total, perHour, failedAttempts, unpriced, unpricedNow } = cost;
  const failed =
    failedAttempts !== null && failedAttempts > 0
      ? `, of that ${money(failedAttempts)} for attempts that did not come up`
      : "";
  const lines =
    total === null
      ? ["Cost: not known any more: its attempts and machines are not kept, by the retention of its pool"]
      : isUnknown({ dollars: total, unpriced })
        ? [`Cost: not known, since the price of ${unpriced === 1 ? "its machine" : "its machines"} is not`]
        : [
            `Cost: ${money(total)} so far${failed}${uncountedText(unpriced)}; ${hourlyText({ dollars: perHour, unpriced: unpricedNow })} now`,
          ];
  if (debt.count > 0) {
    lines.push(`Debt: ${owedText(debt.count)}, ${owingText(debt)}: slipway debt ls`);
  }
  return lines;
}

const COMMANDS: Readonly<Record<Action, readonly [command: string, meaning: string]>> = {
  cancel: ["cancel", "give up the launch and roll it back"],
  stop: ["stop", "undo all machines"],
  delete: ["rm", "take it out of the lists"],
  abandon_debt: ["rm --abandon-debt", "take it out of the lists, while Slipway goes on removing what is left"],
  release: ["release", "go on at once: rollback, then the next match if one is left"],
  retry_rollback: ["retry-rollback", "try at once to undo what is left"],
  update: ["update", "change it: another blueprint, or other values; with --plan only say what that would do"],
  extend: ["extend", "let it run longer before it stops by itself"],
  relaunch: ["relaunch", "launch it once more, as another deployment"],
};

/** What has not ended is ended first. */
function commandOf(action: Action, final: boolean): string {
  const [command] = COMMANDS[action];
  return action === "abandon_debt" && !final ? `${command} --stop` : command;
}

const CANCEL_UPDATE = "give up the update: remove only what it has added, the rest stays as it is";

const restOf = (action: Action): string => (action === "extend" ? " 4h" : "");

function actionLines({ ref, state, actions, instances, final }: Deployment): string[] {
  const possible = [
    ...actions.map((action) => {
      const meaning = action === "cancel" && state === "updating" ? CANCEL_UPDATE : COMMANDS[action][1];
      return [`slipway ${commandOf(action, final)} ${ref}${restOf(action)}`, meaning] as const;
    }),
    ...(instances.some(({ retryable, repairable }) => retryable && repairable)
      ? [[`slipway repair ${ref}`, "replace all that has failed"] as const]
      : []),
    ...(instances.some(({ rebootable }) => rebootable)
      ? [[`slipway reboot ${ref}/INSTANCE`, "boot a machine that runs again"] as const]
      : []),
    ...instances
      .filter(({ retryable }) => retryable)
      .map((instance) => [`slipway retry ${ref} ${instance.name}`, `try ${instance.name} again`] as const),
  ];
  const room = Math.max(0, ...possible.map(([command]) => command.length));
  const lines = possible.map(([command, meaning]) => `  ${command.padEnd(room)}  # ${meaning}`);
  return lines.length === 0 ? [] : ["Possible now:", ...lines];
}
