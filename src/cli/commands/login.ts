import type { Command } from "commander";
import { setTimeout as pause } from "node:timers/promises";
import { DeviceBegun, DevicePolled, IdentityAbout } from "../../contract/identity.ts";
import { About } from "../../contract/operation.ts";
import { examples } from "../arguments.ts";
import { openClient, Refused } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import { type Connection, serverUrl, writeConnection } from "../connection.ts";
import { openQuestions } from "../questions.ts";
import type { Run, Session } from "../session.ts";
import { isInteractive, tell, type Terminal } from "../terminal.ts";
import { readStdinText } from "../text-input.ts";

export function login(command: Command, run: Run): void {
  command
    .argument("<url>", "the server, such as https://slipway.example.org")
    .option("--browser", "sign in with the server's provider of identities, in a browser on any device")
    .addHelpText(
      "after",
      `${examples("slipway login https://slipway.example.org --browser", "slipway login http://127.0.0.1:7070 < ci.token")}` +
        "\n\nThe token is asked for without echo, or read from standard input. It is tried before it is kept.\n" +
        "With --browser it is made for you, and counts for 12 hours.",
    )
    .action((url: string, { browser }: { browser?: true }) =>
      run((session) => (browser === true ? byBrowser(session, url) : keep(session, url))),
    );
}

async function keep({ terminal }: Session, given: string): Promise<void> {
  const url = serverUrl(given, "login");
  const token = (await (isInteractive(terminal) ? askedFor(terminal, url) : readStdinText(terminal))).trim();
  if (token === "" || /\s/.test(token))
    throw badInput("a token is one word without spaces: slipway token add makes one");
  await store(terminal, { url, token });
}

async function store(terminal: Terminal, { url, token }: Connection): Promise<void> {
  const about = await openClient({ url, token }, terminal.now).ask({ path: "/v1/about", reply: About });
  const file = await writeConnection(terminal.env, { url, token });
  tell(terminal, `Logged in to ${url} as ${about.user ?? about.token.name} (${about.token.role}); kept in ${file}`);
}

/** RFC 8628: the server asks the provider for a code, which somebody enters where they are signed in there. */
async function byBrowser({ terminal, closed }: Session, given: string): Promise<void> {
  const url = serverUrl(given, "login");
  const client = openClient({ url, token: "" }, terminal.now);
  const { provider } = await client.ask({ path: "/v1/oidc", reply: IdentityAbout });
  if (provider === null) {
    throw badInput(`${url} knows no provider of identities; log in with a token: slipway login ${url}`);
  }
  const begun = await client.ask({ method: "POST", path: "/v1/oidc/device", body: {}, reply: DeviceBegun });
  tell(
    terminal,
    `Open ${begun.verificationUriComplete ?? begun.verificationUri} in a browser, and enter the code ${begun.userCode}`,
  );
  let everyMs = begun.intervalS * 1_000;
  const polls = Math.ceil((begun.expiresInS * 1_000) / everyMs);
  for (let poll = 0; poll < polls && !closed.aborted; poll += 1) {
    await pause(everyMs, undefined, { signal: closed }).catch(() => undefined);
    if (closed.aborted) return;
    const body = { handle: begun.handle };
    const polled = await client.ask({ method: "POST", path: "/v1/oidc/device/poll", body, reply: DevicePolled });
    if (polled.token !== null) return store(terminal, { url, token: polled.token });
    if (polled.state === "slower") everyMs += SLOWER_MS;
  }
  throw new Complaint(
    EXIT.noAccess,
    `nobody entered the code ${begun.userCode} in time; run slipway login ${url} --browser again`,
  );
}

const SLOWER_MS = 5_000;

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
