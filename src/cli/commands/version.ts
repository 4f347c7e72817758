import type { Command } from "commander";
import { About } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import type { Run } from "../session.ts";
import { say, warn } from "../terminal.ts";
import { ownVersion, tooOld } from "../version.ts";

export function version(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", `${examples("slipway version")}\n\nExit code 3: no server is known, or it cannot be reached.`)
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const own = ownVersion();
        if (json !== true) say(terminal, `Command line ${own}`);
        const client = await open();
        const server = (await client.ask({ path: "/v1/about", reply: About })).version;
        if (json === true) say(terminal, JSON.stringify({ client: own, server, url: client.url }));
        else say(terminal, `Server       ${server}, at ${client.url}`);
        const older = tooOld(own, server);
        if (older === null) return;
        const remedy = older === "client" ? "update this command line" : "update the server";
        warn(terminal, `the two may not understand each other: ${remedy}`);
      }),
    );
}
