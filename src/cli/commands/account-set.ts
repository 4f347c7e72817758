import type { Command } from "commander";
import { Account, type AccountPatch, CheckedAccount } from "../../contract/account.ts";
import { noSuch } from "../../contract/no-such.ts";
import { collect, examples } from "../arguments.ts";
import { path, Refused } from "../client.ts";
import { badInput, EXIT, type ExitCode } from "../complaint.ts";
import { areAsked, credentialsOf, fieldsOf, settingsOf, withDefaults, withFields } from "../credentials.ts";
import { addLimitOptions, limitOf, type LimitOptions } from "../limits.ts";
import { collectPair } from "../parameters.ts";
import { permit } from "../permission.ts";
import type { Run, Session } from "../session.ts";
import { tell } from "../terminal.ts";
import { checkAccount, tellChecked } from "./account-check.ts";

interface Options extends LimitOptions {
  readonly enable?: true;
  readonly disable?: true;
  readonly set?: ReadonlyMap<string, string>;
  readonly unset?: readonly string[];
  readonly where?: ReadonlyMap<string, string>;
  readonly credential?: ReadonlyMap<string, string>;
  readonly image?: ReadonlyMap<string, string>;
  readonly realm?: ReadonlyMap<string, string>;
  readonly anyRealm?: true;
  readonly sameCloud?: true;
  readonly force?: true;
}

export function accountSet(command: Command, run: Run): void {
  command
    .argument("<name>", "the account")
    .option("--enable", "launch there again")
    .option("--disable", "launch nothing new there; what runs is watched on")
    .option("--set <name=value>", "a setting of the provider; may be repeated", collectPair("--set"))
    .option("--unset <name>", "take a setting or a secret out; may be repeated", collect)
    .option(
      "--where <[realm.]key=value>",
      "where its machines are put, unless a blueprint says so; empty: taken out; may be repeated",
      collectPair("--where"),
    )
    .option(
      "--credential <name=value>",
      "a secret anew (-: asked for, or standard input; @FILE: of several lines); others stay",
      collectPair("--credential"),
    )
    .option("--image <logical=native>", "what the cloud calls an image; may be repeated", collectPair("--image"))
    .option("--realm <logical=native>", "all realms to launch in, anew; may be repeated", collectPair("--realm"))
    .option("--any-realm", "launch in every realm of the cloud")
    .option("--same-cloud", "the new settings lead to the same cloud; asked for while machines are there")
    .option(
      "--force",
      "store settings and credentials also when its cloud does not let them in, while machines are there",
    );
  addLimitOptions(command)
    .addHelpText(
      "after",
      examples(
        "slipway account set lab --limit-instances 20",
        "slipway account set lab --credential key=-",
        "slipway account set lab --set url=https://new.example.net --same-cloud",
        "slipway account set lab --where networks=shop --where eu-1.networks=",
      ),
    )
    .action((name: string, options: Options) => run((session) => set(session, name, options)));
}

async function set(session: Session, name: string, options: Options): Promise<ExitCode> {
  if (options.enable === true && options.disable === true)
    throw badInput("--enable and --disable exclude each other: give one of them");
  if (options.anyRealm === true && options.realm !== undefined)
    throw badInput("--realm and --any-realm exclude each other: give one of them");
  if (Object.keys(options).length === 0)
    throw badInput("nothing to change: name an option; slipway account set --help lists them");
  refuseIdle(options);
  const client = await session.client();
  if (areAsked(options.credential)) await permit(client, "accounts");
  const at = path`/v1/accounts/${name}`;
  const before = await client.ask({ path: at, reply: Account });
  const { enable, disable, set: settings, unset = [], where, credential, image } = options;
  const isNew = settings !== undefined || unset.length > 0 || where !== undefined;
  const fields = isNew || credential !== undefined ? await fieldsOf(client, before.provider) : [];
  const secrets = unset.filter((one) => fields.some(({ name: field, of }) => field === one && of === "credential"));
  refuseStrangers(unset, [...Object.keys(before.settings), ...fields.map((field) => field.name)]);
  const kept = Object.fromEntries(Object.entries(before.settings).filter(([key]) => !unset.includes(key)));
  const body: AccountPatch = {
    enabled: enable === true ? true : disable === true ? false : undefined,
    settings:
      isNew && (settings !== undefined || where !== undefined || secrets.length < unset.length)
        ? withDefaults({ ...kept, ...(await settingsOf(settings, fields)) }, where)
        : undefined,
    credentials:
      credential === undefined && secrets.length === 0
        ? undefined
        : {
            ...(await credentialsOf(credential, fields, session.terminal)),
            ...Object.fromEntries(secrets.map((one) => [one, null])),
          },
    images: image === undefined ? undefined : { ...before.images, ...Object.fromEntries(image) },
    realms: options.anyRealm === true ? {} : options.realm && Object.fromEntries(options.realm),
    limit: limitOf(options, before.limit),
    sameCloud: options.sameCloud,
    force: options.force,
  };
  const changed = await client
    .ask({ method: "PATCH", path: at, body, reply: CheckedAccount })
    .catch((error: unknown) => Promise.reject(withFlags(withFields(error, before.provider))));
  tell(session.terminal, `Changed account ${name}.`);
  if (!isNew && credential === undefined) return EXIT.done;
  // While machines are there its cloud was asked already.
  if (changed.madeDue !== null) return tellChecked(session, changed, { json: false });
  return await checkAccount(session, name);
}

/** Options that say how, without one that says what. */
function refuseIdle({ sameCloud, force, set: settings, unset, where, credential }: Options): void {
  const leads = settings !== undefined || unset !== undefined;
  if (sameCloud === true && !leads) throw badInput("--same-cloud is about --set and --unset: give one of them");
  if (force === true && !leads && where === undefined && credential === undefined) {
    throw badInput("--force is about --set, --unset, --where and --credential: give one of them");
  }
}

/** What is misspelt would be taken out of nothing. */
function refuseStrangers(unset: readonly string[], known: readonly string[]): void {
  const stranger = unset.find((one) => !known.includes(one));
  if (stranger === undefined) return;
  throw badInput(`--unset: ${noSuch("setting or secret", stranger, [...new Set(known)])}`);
}

const FLAGS: ReadonlyMap<string, string> = new Map([
  ["/sameCloud", "when the new settings lead to the same cloud, say so: --same-cloud"],
  ["/force", "to store them all the same: --force"],
]);

/** The server's no, with the option that answers it. */
function withFlags(error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  const remedies = error.problem.errors.flatMap(({ pointer }) => FLAGS.get(pointer) ?? []);
  return remedies.length === 0 ? error : new Refused(error.exitCode, error.problem, remedies);
}
