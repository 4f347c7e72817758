// What a list of commands is made of. The file of a command is loaded when the command is meant, since nobody should wait for seventy
// commands to run one.

import type { Command } from "commander";
import type { Run } from "../session.ts";

export interface Entry {
  readonly name: string;
  readonly about: string;
  /** Not in lists of commands. */
  readonly hidden?: true;
  /** What gives the command its arguments, options and action. */
  readonly load: () => Promise<(command: Command, run: Run) => void>;
}

export interface Group {
  readonly title: string;
  readonly commands: readonly Entry[];
  readonly nouns?: readonly { readonly name: string; readonly about: string; readonly verbs: readonly Entry[] }[];
}
