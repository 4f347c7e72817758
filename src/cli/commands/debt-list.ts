import type { Command } from "commander";
import { type Debt, DebtList } from "../../contract/operation.ts";
import { UNKNOWN_PRICE } from "../../contract/price.ts";
import { examples } from "../arguments.ts";
import { hintFor } from "../permission.ts";
import { money, note, owingText, relative, relativeDue, wholeNotes } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, remark, say, tell } from "../terminal.ts";

export function debtList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway debt ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/debt", reply: DebtList });
        if (json === true) return say(terminal, JSON.stringify(list));
        if (list.debts.length === 0) return tell(terminal, "No debt: all that should be gone is proven gone.");
        say(terminal, ...debtLines(list.debts, client.now(), columnsOf(terminal)), "");
        const hint = await hintFor(client, "debt", "Try at once: slipway debt retry --all");
        const owing = { total: list.cost, perHour: list.hourlyCost, unpriced: list.unpriced };
        tell(terminal, `In all: ${owingText(owing)}.${hint}`);
        const texts = list.debts.map(({ reason }) => reason);
        remark(terminal, ...wholeNotes(texts, "slipway debt ls --json"));
      }),
    );
}

function debtLines(debts: readonly Debt[], now: number, width: number): string[] {
  return table(
    debts,
    [
      { title: "MACHINE", of: ({ machine }) => machine },
      {
        title: "OF",
        of: ({ deploymentName, instance }) => (deploymentName === null ? "-" : `${deploymentName}/${instance}`),
      },
      { title: "ACCOUNT", of: ({ account, realm }) => `${account} (${realm})` },
      { title: "SINCE", of: ({ since }) => relative(Date.parse(since), now) },
      { title: "COST", of: ({ cost }) => (cost === null ? UNKNOWN_PRICE : money(cost)), right: true },
      { title: "LAST STATE", of: (debt) => lastState(debt, now) },
      { title: "NEXT TRY", of: (debt) => nextTry(debt, now) },
      { title: "WHY", of: ({ reason }) => note(reason) },
    ],
    width,
  );
}

/** What the cloud last showed of it. */
function lastState({ observed, observedAt }: Debt, now: number): string {
  return observedAt === null ? "never seen" : `${observed} ${relative(Date.parse(observedAt), now)}`;
}

function nextTry({ nextTryAt, call, failures }: Debt, now: number): string {
  if (nextTryAt === null) return "-";
  const when = relativeDue(Date.parse(nextTryAt), now);
  const failed = failures === 0 ? "" : `, failed ${failures === 1 ? "once" : `${failures} times`}`;
  return `${when}${call === null ? "" : ` (${call})`}${failed}`;
}
