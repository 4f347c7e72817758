import type { Command } from "commander";
import { examples, oneOf } from "../arguments.ts";
import { COMPLETION_SCRIPTS, SHELLS } from "../completion-scripts.ts";
import { completions } from "../completion.ts";
import type { Run } from "../session.ts";
import { say } from "../terminal.ts";

export function completion(command: Command, run: Run): void {
  command
    .argument("<shell>", SHELLS.join(", "), oneOf("completion", SHELLS))
    .addHelpText(
      "after",
      examples(
        "slipway completion fish > ~/.config/fish/completions/slipway.fish",
        'eval "$(slipway completion bash)"       # in ~/.bashrc',
        'eval "$(slipway completion zsh)"        # in ~/.zshrc, behind compinit',
      ) + "\n\nNames of deployments, accounts and the like are asked of the server while you type, for 2 s at most.",
    )
    .action((shell: (typeof SHELLS)[number]) =>
      run(async ({ terminal }) => say(terminal, ...COMPLETION_SCRIPTS[shell].trimEnd().split("\n"))),
    );
}

/** Completes what is behind its own name. */
export function complete(command: Command, run: Run): void {
  command.argument("[words...]").action((words: string[]) =>
    run(async ({ client, terminal }) => {
      const { parent: program } = command;
      if (program !== null) say(terminal, ...(await completions(program, words, client)));
    }),
  );
}
