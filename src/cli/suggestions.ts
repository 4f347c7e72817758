// What people who come from other tools write, and what it is called here.

import type { Command } from "commander";

/** The commands that may be meant, as far as the place where the word was written has them. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  apply: ["launch"],
  change: ["set"],
  create: ["launch", "add", "put"],
  delete: ["rm"],
  deploy: ["launch"],
  describe: ["show"],
  destroy: ["stop", "rm"],
  edit: ["set"],
  get: ["show"],
  info: ["show"],
  kill: ["stop"],
  lint: ["blueprint check", "check"],
  list: ["ls"],
  log: ["logs", "events"],
  new: ["launch", "add", "put"],
  remove: ["rm"],
  renew: ["extend"],
  run: ["launch"],
  server: ["serve"],
  start: ["launch"],
  status: ["ls", "check"],
  terminate: ["stop"],
  up: ["launch"],
  update: ["set"],
  validate: ["blueprint check", "check"],
  worker: ["work"],
};

/** The commands of `parent` that somebody who wrote `word` may mean; none when nothing is known. */
export function meantBy(word: string, parent: Command): readonly string[] {
  const named = Object.hasOwn(MEANT, word) ? (MEANT[word] ?? []) : [];
  const plural = parent.commands.filter((noun) => noun.commands.length > 0 && word === `${noun.name()}s`);
  return [...named.filter((path) => has(parent, path)), ...plural.map((noun) => `${noun.name()} ls`)];
}

function has(parent: Command, path: string): boolean {
  const [first, ...rest] = path.split(" ");
  const found = parent.commands.find((command) => command.name() === first);
  return found !== undefined && (rest.length === 0 || has(found, rest.join(" ")));
}
