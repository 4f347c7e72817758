// What commands share that begin something and may wait for it: the options, and what they mean for the watching.

import type { Command } from "commander";
import type { WatchOptions } from "./watch.ts";

export interface FollowOptions {
  readonly watch?: boolean;
  readonly details?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Adds `--watch`, `--details`, `--wait` and `--json`. `json`: what is printed with that. */
export function following(
  command: Command,
  json = "print JSON: with --watch one event per line and the deployment last",
): Command {
  return command
    .option("--watch", "follow it: a live tree on a terminal, else one line per event")
    .option("--details", "with --watch: print each step above the tree")
    .option("--wait", "say nothing and wait until it has ended")
    .option("--json", json);
}

export const isFollowed = ({ watch, wait }: FollowOptions): boolean => watch === true || wait === true;

/** Of a command that is followed. */
export function shownAs({ watch, details = false, json = false }: FollowOptions): Pick<WatchOptions, "as" | "details"> {
  const as = watch === true ? (json ? "json" : "tree") : json ? "result" : "silent";
  return { as, details };
}
