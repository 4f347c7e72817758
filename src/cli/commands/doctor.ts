import type { Command } from "commander";
import { type Check, Checkup } from "../../contract/checkup.ts";
import { examples } from "../arguments.ts";
import { type Client, Refused } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import { type Colour, duration, oneLine, wrapped } from "../print.ts";
import type { Run } from "../session.ts";
import { columnsOf, paintOf, say, type Terminal } from "../terminal.ts";
import { ownVersion, tooOld } from "../version.ts";

export function doctor(command: Command, run: Run): void {
  command
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `${examples("slipway doctor")}\n\nExit code 1: something is wrong; 3: the server cannot be asked.`,
    )
    .action(({ json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const checkup = await examined(client);
        if (json === true) say(terminal, JSON.stringify(checkup));
        else say(terminal, ...screen(terminal, client, checkup));
        return codeOf(checkup);
      }),
    );
}

/** A server whose database is away tells at least that. */
async function examined(client: Client): Promise<Pick<Checkup, "checks"> & Partial<Checkup>> {
  try {
    return await client.ask({ path: "/v1/checkup", reply: Checkup });
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== "unavailable") throw error;
    const remedy = "requests and launches go on by themselves when that is over; the server's log has the reason";
    return { checks: [{ name: "database", state: "wrong", text: error.problem.detail, remedy }] };
  }
}

const codeOf = ({ checks }: Pick<Checkup, "checks">): ExitCode =>
  checks.some(({ state }) => state === "wrong") ? EXIT.failed : EXIT.done;

const SIGNS: Readonly<Record<Check["state"], readonly [sign: string, colour: Colour]>> = {
  fine: ["✓", "green"],
  note: ["·", "yellow"],
  wrong: ["!", "red"],
};

const ROOM = 12;

function screen(
  terminal: Terminal,
  client: Client,
  { checks, version }: Pick<Checkup, "checks"> & Partial<Checkup>,
): string[] {
  const paint = paintOf(terminal);
  const room = Math.max(20, columnsOf(terminal) - ROOM - 2);
  const all = [...(version === undefined ? [] : [versionCheck(version)]), ...clockCheck(terminal, client), ...checks];
  const lines = all.flatMap(({ name, state, text, remedy }) => {
    const [sign, colour] = SIGNS[state];
    const [first = "", ...more] = wrapped(oneLine(text), room);
    const told = remedy === null ? [] : wrapped(`→ ${oneLine(remedy)}`, room);
    const lead = `${paint(colour, sign)} ${name.padEnd(ROOM - 2)}`;
    return [lead + first, ...[...more, ...told].map((line) => " ".repeat(ROOM) + line)];
  });
  const count = (wanted: Check["state"]): number => all.filter(({ state }) => state === wanted).length;
  const summary = count("wrong") > 0 ? `${count("wrong")} wrong` : "Nothing is wrong";
  return [
    `Slipway at ${client.url}`,
    ...lines,
    count("note") > 0 ? `${summary}, ${count("note")} to be known` : summary,
  ];
}

interface OwnCheck extends Omit<Check, "name"> {
  readonly name: string;
}

function versionCheck(server: string): OwnCheck {
  const own = ownVersion();
  const older = tooOld(own, server);
  const text = own === server ? `${server}, as this command line` : `${server}; this command line is ${own}`;
  const remedy = older === null ? null : `update the ${older === "client" ? "command line" : "server"}`;
  return { name: "version", state: older === null ? "fine" : "note", text, remedy };
}

/** Two minutes are more than any way to the server takes. */
const CLOCK_MS = 120_000;

function clockCheck({ now }: Terminal, client: Client): OwnCheck[] {
  const aheadMs = client.now() - now();
  if (Math.abs(aheadMs) < CLOCK_MS) return [];
  const text = `this machine's clock is ${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? "behind" : "ahead of"} the server's time`;
  return [{ name: "own clock", state: "note", text, remedy: "set the wrong one of the two right" }];
}
