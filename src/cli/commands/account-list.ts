import type { Command } from "commander";
import { type Account, AccountList } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { limitText } from "../limits.ts";
import { hintFor } from "../permission.ts";
import type { Run } from "../session.ts";
import { note, pauseLeft, wholeNotes } from "../print.ts";
import { table } from "../table.ts";
import { columnsOf, remark, say, tell } from "../terminal.ts";

export function accountList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway account ls"))
    .action(({ json }: { json?: true }) =>
      run(async (session) => {
        const client = await session.client();
        const list = await client.ask({ path: "/v1/accounts", reply: AccountList });
        if (json === true) return say(session.terminal, JSON.stringify(list.accounts));
        if (list.accounts.length === 0) {
          const hint = await hintFor(client, "accounts", "Add one: see slipway account add --help");
          return tell(session.terminal, `No accounts yet.${hint}`);
        }
        say(session.terminal, ...accountLines(list.accounts, client.now(), columnsOf(session.terminal)));
        const texts = list.accounts.flatMap(({ alert, health, healthText }) => [
          alert,
          health === "healthy" ? null : healthText,
        ]);
        remark(session.terminal, ...wholeNotes(texts, "slipway account show NAME"));
      }),
    );
}

function accountLines(accounts: readonly Account[], now: number, width: number): string[] {
  return table(
    accounts,
    [
      { title: "NAME", of: ({ name }) => name },
      { title: "PROVIDER", of: ({ provider }) => provider },
      { title: "HEALTH", of: ({ enabled, health }) => (enabled ? health : `disabled, ${health}`) },
      { title: "POOLS", of: ({ pools }) => (pools.length === 0 ? "-" : pools.join(", ")) },
      { title: "MACHINES", of: ({ openMachines }) => String(openMachines), right: true },
      { title: "LIMIT", of: ({ limit }) => limitText(limit) },
      {
        title: "NOTE",
        of: (account) => noteOf(account, now),
      },
    ],
    width,
  );
}

function noteOf({ alert, health, healthText, pausedUntil }: Account, now: number): string {
  const left = pauseLeft(pausedUntil, now);
  const pause = left === null ? null : `its cloud throttles: nothing is asked of it for another ${left}`;
  const texts = [alert, health === "healthy" ? null : healthText].map((text) => (text === null ? null : note(text)));
  return [...texts, pause].filter((one) => one !== null).join("; ");
}
