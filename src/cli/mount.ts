// Puts the commands that are clients of the server into a program: each has its name at once, and the rest when a command line names it.

import type { Command } from "commander";
import { ACCESS } from "./groups/access.ts";
import { CLOUDS } from "./groups/clouds.ts";
import { DEPLOYMENTS } from "./groups/deployments.ts";
import type { Entry } from "./groups/group.ts";
import type { Run } from "./session.ts";

const GROUPS = [DEPLOYMENTS, CLOUDS, ACCESS];

/** Loads the commands that the words name, before they are parsed. */
type Load = (words: readonly string[]) => Promise<void>;

export function mountCommands(program: Command, run: Run): Load {
  const unloaded = new Map<Command, Entry>();
  const mount = (parent: Command, entry: Entry): void => {
    const { name, about, hidden = false } = entry;
    unloaded.set(parent.command(name, { hidden }).description(about), entry);
  };
  for (const { title, commands, nouns = [] } of GROUPS) {
    program.commandsGroup(title);
    for (const entry of commands) mount(program, entry);
    for (const { name, about, verbs } of nouns) {
      const noun = program.command(name).description(about).helpCommand(false);
      for (const entry of verbs) mount(noun, entry);
    }
  }
  return async (words) => {
    let command = program;
    for (const word of words) {
      const named = command.commands.find((one) => one.name() === word);
      if (named === undefined) continue;
      command = named;
      const entry = unloaded.get(command);
      if (entry === undefined) continue;
      unloaded.delete(command);
      (await entry.load())(command, run);
    }
  };
}

/** The words that name each command. */
export function commandPaths(): readonly (readonly string[])[] {
  return GROUPS.flatMap(({ commands, nouns = [] }) => [
    ...commands.map(({ name }) => [name]),
    ...nouns.flatMap((noun) => noun.verbs.map(({ name }) => [noun.name, name])),
  ]);
}
