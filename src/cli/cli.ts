// The command line: one program of all commands. Nothing here ends the process; the exit code is returned.

import { Command, CommanderError } from "commander";
import { mountCommands } from "./mount.ts";
import { Complaint, EXIT, EXIT_TEXTS } from "./complaint.ts";
import { closeConnectionFile, readConnection } from "./connection.ts";
import { oneLine } from "./print.ts";
import type { Run } from "./session.ts";
import { meantBy } from "./suggestions.ts";
import { addUpkeep, type UpkeepMains } from "./upkeep.ts";
import { ownVersion } from "./version.ts";
import { processTerminal, type Terminal, warn } from "./terminal.ts";

/** The parts of Slipway that are no clients; each returns an exit code when it has ended. */
export type Mains = Readonly<Record<"serve" | "work" | "migrate", () => Promise<number>>> & UpkeepMains;

/** Runs one command line, without program and script name, and returns the exit code of `EXIT`, or that of one of `mains`. */
export async function runCli(argv: readonly string[], mains: Mains, terminal = processTerminal()): Promise<number> {
  let exitCode: number = EXIT.done;
  const closed = new AbortController();
  let lost: Error | null = null;
  // The error of a pipe that nobody reads comes after the command has ended: whoever listens must stay.
  terminal.stdout.on("error", (error) => {
    lost = error;
    closed.abort();
  });
  // Nobody is left who could be told.
  terminal.stderr.on("error", () => undefined);
  const run: Run = async (act) => {
    const client = async () => {
      const { openClient } = await import("./client.ts");
      const closedNow = await closeConnectionFile(terminal.env);
      if (closedNow !== null) warn(terminal, closedNow);
      return openClient(await readConnection(terminal.env), terminal.now, senderOf(terminal.env));
    };
    exitCode = (await act({ terminal, client, closed: closed.signal })) ?? EXIT.done;
  };
  const program = programOf(terminal);
  addMains(program, mains, (code) => {
    exitCode = code;
  });
  const load = mountCommands(program, run);
  try {
    await load(argv);
    // What is to be completed is a command line of its own.
    if (argv[0] === "complete") await load(argv.slice(1));
    await program.parseAsync(argv, { from: "user" }).catch(unlessHelp);
    // A file or a pipe says in the next turn what became of the last line.
    await new Promise((resolve) => setImmediate(resolve));
    if (lost !== null) refuseHalf(lost);
    return exitCode;
  } catch (error) {
    return complain(terminal, error, commandOf(program, argv));
  }
}

/** Commander throws also what was asked for: help and version. */
function unlessHelp(error: unknown): void {
  if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
}

/** Half of what was asked for, or nothing, must not look like all of it; unless its reader has left, who wanted no more. */
function refuseHalf(error: Error): void {
  if ("code" in error && error.code === "EPIPE") return;
  throw new Complaint(EXIT.failed, `standard output cannot be written: ${error.message}`);
}

/** The trace that whoever calls is part of, as CI systems tell it. */
function senderOf({ TRACEPARENT: traceparent = "", TRACESTATE: tracestate = "" }: Terminal["env"]) {
  if (traceparent === "") return {};
  return { traceparent, ...(tracestate === "" ? {} : { tracestate }) };
}

function programOf(terminal: Terminal): Command {
  const exitCodes = EXIT_TEXTS.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`).join("\n");
  return new Command("slipway")
    .description("Launches a whole deployment of cloud instances, or none of it.")
    .version(ownVersion(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => terminal.stdout.columns ?? 80,
      getErrHelpWidth: () => terminal.stderr.columns ?? 80,
    })
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() })
    .addHelpText(
      "after",
      `
Exit codes:
${exitCodes}

Start here:
  slipway serve                     a server with nothing to install
  slipway launch shop.yaml --watch  launch a blueprint and watch`,
    );
}

function addMains(program: Command, mains: Mains, setExitCode: (code: number) => void): void {
  const texts = {
    serve: "run the server, workers included",
    work: "run workers only, on the server's PostgreSQL (DATABASE_URL)",
    migrate: "bring the database's schema up to date",
  } as const;
  program.commandsGroup("Servers:");
  for (const name of ["serve", "work", "migrate"] as const) {
    program
      .command(name)
      .description(texts[name])
      .addHelpText(
        "after",
        `\nExample:\n  slipway ${name}\n\nSettings are environment variables: see docs/configuration.md.`,
      )
      .action(async () => setExitCode(await mains[name]()));
  }
  addUpkeep(program, mains, setExitCode);
}

/** The command that the arguments name, as far as they name one. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
  }
  return command;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What commander has to say, as this program says it. */
function mistakeText({ message, code }: CommanderError, command: Command): string {
  const [text = "", similar] = message.replace(/^error: /, "").split(/\s*\(Did you mean /);
  const [, word = ""] = /^unknown command '(.*)'/.exec(text) ?? [];
  const meant = code === "commander.unknownCommand" ? meantBy(word, command) : [];
  if (meant.length > 0) return `${text} (did you mean ${meant.join(" or ")}?)`;
  return similar === undefined ? text : `${text} (did you mean ${similar}`;
}

/** Says on standard error what went wrong; returns the exit code. */
function complain(terminal: Terminal, error: unknown, command: Command): number {
  if (error instanceof CommanderError) {
    if (error.code !== "commander.help") {
      warn(terminal, mistakeText(error, command), [`see ${pathOf(command)} --help`]);
    }
    return EXIT.badInput;
  }
  if (error instanceof Complaint) {
    warn(terminal, oneLine(error.message), error.details);
    return error.exitCode;
  }
  throw error;
}
