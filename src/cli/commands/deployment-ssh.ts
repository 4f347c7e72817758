import { spawn } from "node:child_process";
import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { Complaint, EXIT } from "../complaint.ts";
import { addReachOptions, reachOf, type ReachOptions } from "../reach.ts";
import type { Run } from "../session.ts";
import { targetOf } from "../target.ts";
import type { Terminal } from "../terminal.ts";

export function deploymentSsh(command: Command, run: Run): void {
  command
    .argument("<deployment/instance>", "the instance may be left out where there is but one")
    .argument("[command...]", "to be run there instead of a shell; behind -- when it has options");
  addReachOptions(command)
    .addHelpText(
      "after",
      examples("slipway ssh shop/web-1 --user admin", "slipway ssh shop/db -- journalctl -n 50") +
        "\n\nThe exit code is that of ssh. What it remembers of a machine's key is kept under the machine's own name, so that the" +
        "\nnext one with its address is not taken for it.",
    )
    .action((target: string, words: string[], options: ReachOptions) =>
      run(async ({ client: open, terminal }) => {
        const { deployment, instance } = await targetOf(await open(), target);
        const reach = reachOf(deployment, instance, options.private === true);
        if ("not" in reach) {
          throw new Complaint(EXIT.failed, `${target} cannot be reached: ${reach.not.because}`);
        }
        const { address, hostKey } = reach.ok;
        const { user, identity } = options;
        const args = [
          "-o",
          `HostKeyAlias=${hostKey}`,
          ...(user === undefined ? [] : ["-l", user]),
          ...(identity === undefined ? [] : ["-i", identity]),
          address,
          // Behind the address ssh still reads options of its own.
          ...(words.length === 0 ? [] : ["--", ...words]),
        ];
        return await ssh(terminal, args);
      }),
    );
}

/** Runs ssh in this terminal until it ends; its exit code. Ctrl-C is ssh's own. */
async function ssh({ env, onInterrupt }: Terminal, args: readonly string[]): Promise<number> {
  const offInterrupt = onInterrupt(() => undefined);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn("ssh", args, { stdio: "inherit", env });
      child.on("error", reject);
      child.on("exit", (code) => resolve(code ?? ENDED_BY_SIGNAL));
    });
  } catch (error) {
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "it is not installed" : String(error);
    throw new Complaint(EXIT.failed, `ssh could not be started: ${why}`, { cause: error });
  } finally {
    offInterrupt();
  }
}

/** What ssh itself says of a connection that broke. */
const ENDED_BY_SIGNAL = 255;
