import type { Command } from "commander";
import { About, type ServerClock } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import { duration, oneLine, relative, wrapped } from "../print.ts";
import type { Run } from "../session.ts";
import { columnsOf, say } from "../terminal.ts";

export function about(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway about", "slipway about --json | jq .clock"))
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const server = await client.ask({ path: "/v1/about", reply: About });
        if (json === true) return say(terminal, JSON.stringify(server));
        const width = columnsOf(terminal);
        say(terminal, ...linesOf(server, client.url).flatMap((line) => wrapped(oneLine(line), width)));
      }),
    );
}

function linesOf({ version, installation, embedded, providers, now, clock, token }: About, url: string): string[] {
  return [
    `Slipway ${version} at ${url}`,
    `Installation ${installation}, on the labels of all machines`,
    `Database: ${embedded ? "embedded, in a folder of the server" : "PostgreSQL"}`,
    `Providers: ${providers.join(", ")}`,
    ...clockLines(clock, Date.parse(now)),
    `This token is ${token.name}, ${token.role}`,
  ];
}

function clockLines({ offsetMs, steps, lastAt, lastByMs }: ServerClock, now: number): string[] {
  if (lastAt === null || lastByMs === null) return ["Clock: the database's, which was never seen to be set"];
  const times = steps === 1 ? "once" : `${steps} times`;
  const last = `${lastByMs < 0 ? "back" : "forward"} by ${duration(Math.abs(lastByMs))}, ${relative(Date.parse(lastAt), now)}`;
  return [`Clock: ${offsetText(offsetMs)}, since that was set ${times}, last ${last}`];
}

function offsetText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1_000) return "the database's again";
  return `${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead of" : "behind"} the database's`;
}
