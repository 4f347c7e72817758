import type { Command } from "commander";
import { type Account, AccountList, AccountUsage, CheckedAccount } from "../../contract/account.ts";
import { madeDueText } from "../../contract/made-due.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput, EXIT, type ExitCode } from "../complaint.ts";
import { oneLine } from "../print.ts";
import { hintFor } from "../permission.ts";
import type { Run, Session } from "../session.ts";
import { several } from "../several.ts";
import { say, tell, warn } from "../terminal.ts";

interface Options {
  readonly all?: true;
  readonly json?: true;
}

export function accountCheck(command: Command, run: Run): void {
  command
    .argument("[name...]", "the accounts")
    .option("--all", "every one")
    .option("--json", "print JSON, one account per line")
    .addHelpText(
      "after",
      `${examples("slipway account check lab", "slipway account check --all")}\n\nExit code 1: one of them does not work, or what its --realm or --where names is not there.`,
    )
    .action((names: readonly string[], options: Options) => run((session) => check(session, names, options)));
}

async function check(session: Session, names: readonly string[], { all, json }: Options): Promise<ExitCode> {
  if ((names.length === 0) === (all !== true)) throw badInput("name accounts, or give --all: see slipway account ls");
  const client = await session.client();
  const listed = all === true ? await client.ask({ path: "/v1/accounts", reply: AccountList }) : null;
  if (listed?.accounts.length === 0) {
    const hint = await hintFor(client, "accounts", "Add one: see slipway account add --help");
    tell(session.terminal, `No accounts yet: there is nothing to check.${hint}`);
  }
  const wanted = [...new Set(listed?.accounts.map(({ name }) => name) ?? names)];
  const { done, refused } = await several(wanted, (name) => checkAccount(session, name, { json: json === true }));
  if (refused !== null) throw refused;
  return done.find((exitCode) => exitCode !== EXIT.done) ?? EXIT.done;
}

/** Checks the account at its cloud now and says what came out. */
export async function checkAccount(
  session: Session,
  name: string,
  { json }: { readonly json: boolean } = { json: false },
): Promise<ExitCode> {
  const client = await session.client();
  const account = await client.ask({ method: "POST", path: path`/v1/accounts/${name}/check`, reply: CheckedAccount });
  if (json) say(session.terminal, JSON.stringify(account));
  return tellChecked(session, account, { json });
}

/** Says how an account has done whose cloud was asked; of one that is well as JSON nothing more. */
export async function tellChecked(
  { client: connect, terminal }: Session,
  account: CheckedAccount,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { name, health, healthText, madeDue, lacking, openMachines } = account;
  if (health === "healthy") {
    const client = await connect();
    const usage = await client.ask({ path: path`/v1/accounts/${name}/usage`, reply: AccountUsage });
    if (!json) {
      tell(terminal, `Account ${name} is healthy: ${offersOf(account, usage)}.`);
      const due = madeDue === null ? null : madeDueText(madeDue);
      if (due !== null) tell(terminal, `What waited for it is tried now: ${due}.`);
    }
    const wrong = unknownRealms(account, usage);
    if (lacking !== null) {
      warn(terminal, `account ${name} puts machines where they cannot be put: ${oneLine(lacking)}`, [
        `mend it: slipway account set ${name} --where KEY=VALUE, or make there what is missing`,
      ]);
    }
    if (wrong.length === 0) return lacking === null ? EXIT.done : EXIT.failed;
    warn(terminal, `account ${name} is limited to realms that its cloud does not have: ${oneLine(wrong.join(", "))}`, [
      `mend it: slipway account set ${name} --realm NAME=REALM, or --any-realm`,
    ]);
    return EXIT.failed;
  }
  const why = healthText === null ? "" : `: ${oneLine(healthText)}`;
  warn(terminal, `account ${name} is ${health}${why}`, [
    `mend it: slipway account set ${name} --set NAME=VALUE --credential NAME=-`,
    // While it holds machines that is refused.
    ...(openMachines > 0 ? [] : [`or remove it: slipway account rm ${name}`]),
  ]);
  return EXIT.failed;
}

function unknownRealms({ realms, offersAt }: Account, known: AccountUsage): string[] {
  return Object.values(realms).filter((realm) => offersAt !== null && !known.realms.includes(realm));
}

function offersOf({ offersAt }: Account, { realms, images }: AccountUsage): string {
  if (offersAt === null) return "its offers are still being read";
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const known = new Set(images.filter(({ image }) => image !== null).map(({ choice }) => choice));
  // Their names are read behind the offers, and of some clouds none before a launch asks for one.
  return `${count(realms.length, "realm")}${known.size === 0 ? "" : `, ${count(known.size, "image")} known`}`;
}
