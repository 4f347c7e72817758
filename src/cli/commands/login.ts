import type { Command } from "commander";
import { About } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import { openClient, Refused } from "../client.ts";
import { badInput } from "../complaint.ts";
import { serverUrl, writeConnection } from "../connection.ts";
import { openQuestions } from "../questions.ts";
import type { Run, Session } from "../session.ts";
import { isInteractive, tell, type Terminal } from "../terminal.ts";
import { readStdinText } from "../text-input.ts";

export function login(program: Command, run: Run): void {
  program
    .command("login")
    .description("keep a server's address and a token in the configuration file")
    .argument("<url>", "the server, such as https://slipway.example.org")
    .addHelpText(
      "after",
      `${examples("slipway login https://slipway.example.org", "slipway login http://127.0.0.1:7070 < ci.token")}` +
        "\n\nThe token is asked for without echo, or read from standard input. It is tried before it is kept.",
    )
    .action((url: string) => run((session) => keep(session, url)));
}

async function keep({ terminal }: Session, given: string): Promise<void> {
  const url = serverUrl(given, "login");
  const token = (await (isInteractive(terminal) ? askedFor(terminal, url) : readStdinText(terminal))).trim();
  if (token === "" || /\s/.test(token))
    throw badInput("a token is one word without spaces: slipway token add makes one");
  const about = await openClient({ url, token }, terminal.now).ask({ path: "/v1/about", reply: About });
  const file = await writeConnection(terminal.env, { url, token });
  tell(terminal, `Logged in to ${url} as ${about.token.name} (${about.token.role}); kept in ${file}`);
}

async function askedFor(terminal: Terminal, url: string): Promise<string> {
  using questions = openQuestions(terminal);
  const check = (answer: string) => tokenProblem(terminal, url, answer.trim());
  return await questions.ask(`Token for ${url} (not shown)`, { secret: true, check });
}

/** Why the server does not take it; null when it does, or when something else stands in the way. */
async function tokenProblem(terminal: Terminal, url: string, token: string): Promise<string | null> {
  if (/\s/.test(token)) return "a token is one word without spaces";
  try {
    await openClient({ url, token }, terminal.now).ask({ path: "/v1/about", reply: About });
    return null;
  } catch (error) {
    const isRefused = error instanceof Refused && error.problem.code === "not_authenticated";
    return isRefused ? "the server does not accept this token" : null;
  }
}
