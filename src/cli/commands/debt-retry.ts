import type { Command } from "commander";
import { Debt, DebtList } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

export function debtRetry(command: Command, run: Run): void {
  command
    .argument("[machine...]", "their names in `slipway debt ls`")
    .option("--all", "every one")
    .addHelpText("after", examples("slipway debt retry --all"))
    .action((machines: readonly string[], { all }: { all?: true }) =>
      run(async ({ client: open, terminal }) => {
        if ((machines.length === 0) === (all !== true))
          throw badInput("name machines, or give --all: see slipway debt ls");
        const client = await open();
        const listed = all === true ? await client.ask({ path: "/v1/debt", reply: DebtList }) : null;
        for (const machine of listed?.debts.map((debt) => debt.machine) ?? machines) {
          await client.ask({ method: "POST", path: path`/v1/debt/${machine}/retry`, reply: Debt });
          tell(terminal, `${machine} is tried now`);
        }
        if (listed?.debts.length === 0) tell(terminal, "No debt: there is nothing to try.");
      }),
    );
}
