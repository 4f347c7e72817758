import type { Command } from "commander";
import { Account } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { EXIT, type ExitCode } from "../complaint.ts";
import { oneLine } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { say } from "../terminal.ts";

export function accountCheck(accounts: Command, run: Run): void {
  accounts
    .command("check")
    .description("ask the cloud whether the account works; lifts a suspension when it does")
    .argument("<name>", "the account")
    .addHelpText("after", `${examples("slipway account check lab")}\n\nExit code 1: it does not work.`)
    .action((name: string) => run((session) => checkAccount(session, name)));
}

/** Checks the account at its cloud now and says what came out. */
export async function checkAccount(session: Session, name: string): Promise<ExitCode> {
  const client = await session.client();
  const account = await client.ask({ method: "POST", path: path`/v1/accounts/${name}/check`, reply: Account });
  if (account.health === "healthy") {
    say(session.terminal, `Account ${name} is healthy: ${offersOf(account)}.`);
    const wrong = unknownRealms(account);
    if (wrong.length === 0) return EXIT.done;
    session.terminal.stderr.write(
      `slipway: account ${name} is limited to realms that its cloud does not have: ${oneLine(wrong.join(", "))}\n` +
        `  mend it: slipway account set ${name} --realm NAME=REALM, or --any-realm\n`,
    );
    return EXIT.failed;
  }
  const why = account.healthText === null ? "" : `: ${oneLine(account.healthText)}`;
  session.terminal.stderr.write(
    `slipway: account ${name} is ${account.health}${why}\n` +
      `  mend it: slipway account set ${name} --set NAME=VALUE --credential NAME=-\n` +
      `  or remove it: slipway account rm ${name}\n`,
  );
  return EXIT.failed;
}

function unknownRealms({ realms, catalogue }: Account): string[] {
  return Object.values(realms).filter((realm) => catalogue !== null && !catalogue.realms.includes(realm));
}

function offersOf({ catalogue }: Account): string {
  if (catalogue === null) return "its offers have not been read yet";
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const sizes = catalogue.flexible === null ? count(catalogue.sizes.length, "size") : "machines of any size";
  return `${count(catalogue.realms.length, "realm")}, ${sizes}, ${count(catalogue.images.length, "image")}`;
}
