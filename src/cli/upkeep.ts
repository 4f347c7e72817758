// Commands that work on the database itself, while no server does.

import type { Command } from "commander";
import { examples } from "./arguments.ts";
import { badInput } from "./complaint.ts";
import { leaseMs } from "./lease.ts";

/** What carries them out; each returns an exit code. */
export interface UpkeepMains {
  readonly restore: (options: {
    readonly file: string | null;
    readonly holdMs: number;
    readonly replace: boolean;
  }) => Promise<number>;
  readonly move: () => Promise<number>;
  readonly rotateKey: () => Promise<number>;
}

/** In this time a person can look at what does not agree. */
const HOLD_MS = 3_600_000;
/** Clouds and ledger are compared first, however sure somebody is. */
const GO_MS = 120_000;

const SETTINGS = "\n\nSettings are environment variables: see docs/operations.md.";

export function addUpkeep(program: Command, mains: UpkeepMains, setExitCode: (code: number) => void): void {
  program
    .command("restore")
    .description("put a backup in the place of the embedded database, or mark a database that was put back")
    .argument("[file]", "of `slipway backup`; without one the database, put back by other means, is only marked")
    .option("--hold <time>", "for how long nothing is removed: 1h unless told otherwise", (given: string) =>
      leaseMs(`--hold ${given}`, given),
    )
    .option("--go", "hold nothing, but for the two minutes in which clouds and ledger are compared")
    .option("--replace", "put a database that is there aside; it is kept")
    .addHelpText(
      "after",
      `${examples("slipway restore shop.backup", "slipway restore shop.backup --replace --hold 4h")}${SETTINGS}`,
    )
    .action(async (file: string | undefined, options: { hold?: number; go?: true; replace?: true }) => {
      if (options.go === true && options.hold !== undefined) throw badInput("give --go or --hold, not both");
      const holdMs = options.go === true ? GO_MS : (options.hold ?? HOLD_MS);
      setExitCode(await mains.restore({ file: file ?? null, holdMs, replace: options.replace === true }));
    });
  program
    .command("move")
    .description("move the embedded database to a PostgreSQL server, and nothing is lost")
    .addHelpText(
      "after",
      `${examples("slipway move")}

Stop the server first. From SLIPWAY_DATA to DATABASE_URL, a new and empty database; all of it or nothing. What was under
way goes on when the server is started there.${SETTINGS}`,
    )
    .action(async () => setExitCode(await mains.move()));
  program
    .command("key")
    .helpCommand(false)
    .description("the key that credentials and secret parameters are sealed with")
    .command("rotate")
    .description("seal all of it with a new key")
    .addHelpText(
      "after",
      `${examples("slipway key rotate")}

Stop the server first where the database is embedded: the key in SLIPWAY_DATA is then changed for a new one. Where
SLIPWAY_KEY or SLIPWAY_KEY_FILE give the key, put the new one in front of the old one there, on every server and worker;
this then seals what is there with the first, while they work. It can be ended and run again at any time.${SETTINGS}`,
    )
    .action(async () => setExitCode(await mains.rotateKey()));
}
