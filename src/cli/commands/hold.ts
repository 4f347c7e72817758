import type { Command } from "commander";
import { waitingText } from "../../contract/held.ts";
import { Hold, type NewHold, type Stray } from "../../contract/hold.ts";
import { examples } from "../arguments.ts";
import { NOTHING } from "../client.ts";
import { badInput } from "../complaint.ts";
import { leaseMs } from "../lease.ts";
import { hintFor } from "../permission.ts";
import { duration, relative } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, tell } from "../terminal.ts";

interface Options {
  readonly go?: true;
  readonly for?: number;
  readonly json?: true;
}

export function hold(command: Command, run: Run): void {
  command
    .option("--go", "end it: what is not known is removed, and launches go on")
    .option("--for <time>", "let it last for so long from now: 30m, 8h, 2d", (given: string) =>
      leaseMs(`--for ${given}`, given),
    )
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway hold", "slipway hold --for 8h", "slipway hold --go"))
    .action((options: Options) => run((session) => change(session, options)));
}

async function change({ client: open, terminal }: Session, { go, for: forMs, json }: Options): Promise<void> {
  if (go === true && forMs !== undefined) throw badInput("give --go or --for, not both");
  const client = await open();
  if (go === true) {
    await client.ask({ method: "DELETE", path: "/v1/hold", reply: NOTHING });
    return tell(terminal, "Nothing is held any more: what no deployment knows is removed, and launches go on.");
  }
  if (forMs !== undefined) {
    const body: NewHold = { until: new Date(client.now() + forMs).toISOString() };
    await client.ask({ method: "PUT", path: "/v1/hold", body, reply: Hold });
  }
  const held = await client.ask({ path: "/v1/hold", reply: Hold });
  if (json === true) return say(terminal, JSON.stringify(held));
  const { restoredAt, until, deployments, strays } = held;
  if (restoredAt === null || until === null) tell(terminal, "Nothing is held.");
  else
    tell(
      terminal,
      `The database was put back from a backup ${relative(Date.parse(restoredAt), client.now())}. For another ${duration(Date.parse(until) - client.now())}, until ${until}, nothing is removed that was asked for before, and ${waitingText(deployments)}.`,
    );
  if (strays.length === 0) return tell(terminal, "No machine is known to clouds and to no deployment.");
  say(terminal, ...strayLines(strays, client.now(), columnsOf(terminal)), "");
  const [what, them] =
    strays.length === 1 ? ["This machine is", "it"] : [`These ${strays.length} machines are`, "them"];
  const hint =
    until === null ? "" : await hintFor(client, "hold", "At once: slipway hold --go; later: slipway hold --for 8h");
  tell(
    terminal,
    `${what} of this installation by label, and no deployment knows of ${them}: ${until === null ? "on the way out" : "removed after that"}.${hint}`,
  );
}

function strayLines(strays: readonly Stray[], now: number, width: number): string[] {
  return table(
    strays,
    [
      { title: "MACHINE", of: ({ machine }) => machine },
      { title: "ASKED FOR BY", of: ({ deploymentName }) => deploymentName ?? "-" },
      { title: "ID", of: ({ externalId }) => externalId ?? "-" },
      { title: "ACCOUNT", of: ({ account, realm }) => `${account} (${realm})` },
      { title: "STATE", of: ({ observed }) => observed },
      { title: "FOUND", of: ({ foundAt }) => relative(Date.parse(foundAt), now) },
    ],
    width,
  );
}
