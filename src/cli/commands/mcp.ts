import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import type { Api } from "../../mcp/api.ts";
import { examples } from "../arguments.ts";
import { problemText } from "../../mcp/mistakes.ts";
import { type Client, Refused } from "../client.ts";
import { badInput, Complaint } from "../complaint.ts";
import { MAX_HOURLY_OPTION } from "../limits.ts";
import type { Run, Session } from "../session.ts";
import { ownVersion } from "../version.ts";

interface Options {
  readonly allowChanges?: boolean;
  readonly maxHourly?: number;
}

export function mcp(command: Command, run: Run): void {
  const [flags, , read] = MAX_HOURLY_OPTION;
  command
    .option("--allow-changes", "agents may stop deployments, and with --max-hourly launch what they have planned")
    .option(flags, "dollars per hour that all that its user has launched may cost at the most", read)
    .addHelpText(
      "after",
      examples("slipway mcp", "slipway mcp --allow-changes --max-hourly 5") +
        "\n\nAgents may what the token may, and only read unless --allow-changes is given. The server does the same at /v1/mcp.",
    )
    .action((options: Options) => run((session) => serve(session, options)));
}

async function serve(session: Session, { allowChanges = false, maxHourly }: Options): Promise<void> {
  if (maxHourly !== undefined && !allowChanges) {
    throw badInput("--max-hourly says nothing where nothing may be launched: give --allow-changes as well");
  }
  const client = await session.client();
  // Nobody else waits for it to be loaded.
  const { serveOnStdio } = await import("../../mcp/stdio.ts");
  const { ToolRefused } = await import("../../mcp/api.ts");
  const { stdin: input, stdout: output } = session.terminal;
  await serveOnStdio(
    {
      api: apiOf(client, (text) => new ToolRefused(text)),
      terms: { changes: allowChanges, maxHourly: maxHourly ?? null },
      version: ownVersion(),
      closing: session.closed,
    },
    { input, output },
  );
}

function apiOf(client: Client, refused: (text: string) => Error): Api {
  return {
    ask: (asked) =>
      client.ask(asked).catch((error: unknown) => {
        if (!(error instanceof Complaint)) throw error;
        if (error instanceof Refused) throw refused(problemText(error.problem));
        throw refused([error.message, ...error.details].join("; "));
      }),
    now: () => client.now(),
    monotonic: () => performance.now(),
    pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
  };
}
