import type { Command } from "commander";
import { ProfileList } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { memory } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

export function profileList(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway profile ls"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const list = await client.ask({ path: "/v1/profiles", reply: ProfileList });
        if (json === true) return say(terminal, JSON.stringify(list.profiles));
        const lines = table(
          list.profiles,
          [
            { title: "NAME", of: ({ name }) => name },
            { title: "CPU", of: ({ cpu }) => String(cpu), right: true },
            { title: "MEMORY", of: ({ memoryMib }) => memory(memoryMib), right: true },
            { title: "STORAGE", of: ({ storageGib }) => `${storageGib} GiB`, right: true },
            { title: "ARCHITECTURE", of: ({ architecture }) => architecture },
            { title: "ACCELERATORS", of: ({ accelerators }) => String(accelerators), right: true },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...(list.profiles.length === 0 ? ["No profiles: blueprints write out cpu and memory."] : lines));
      }),
    );
}
