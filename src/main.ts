// The program: the command line, and behind some of its commands the servers. Those are loaded when they are asked for, since
// nobody should wait for a database and a web server to list deployments.

import { runCli } from "./cli/cli.ts";

process.exitCode = await runCli(process.argv.slice(2), {
  serve: async () => (await import("./serve.ts")).serve(),
  work: async () => (await import("./serve.ts")).work(),
  migrate: async () => (await import("./serve.ts")).migrate(),
  restore: async (options) => (await import("./upkeep/restore.ts")).restore(options),
  rotateKey: async () => (await import("./upkeep/rotate-key.ts")).rotateKey(),
  move: async () => (await import("./upkeep/move.ts")).move(),
});
