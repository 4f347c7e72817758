import type { Command } from "commander";
import { Account, type NewAccount, Pool } from "../../contract/account.ts";
import { WHOLE_MOST } from "../../contract/terms.ts";
import { examples, wholeNumber } from "../arguments.ts";
import { path, Refused } from "../client.ts";
import { NAME_PATTERN } from "../../contract/name.ts";
import { badInput, type ExitCode } from "../complaint.ts";
import {
  areAsked,
  credentialsOf,
  fieldsOf,
  missingSecrets,
  settingsOf,
  withDefaults,
  withFields,
} from "../credentials.ts";
import { addLimitOptions, limitOf, type LimitOptions } from "../limits.ts";
import { collectPair } from "../parameters.ts";
import { permit } from "../permission.ts";
import type { Run, Session } from "../session.ts";
import { tell } from "../terminal.ts";
import { checkAccount } from "./account-check.ts";

interface Options extends LimitOptions {
  readonly provider: string;
  readonly set?: ReadonlyMap<string, string>;
  readonly where?: ReadonlyMap<string, string>;
  readonly credential?: ReadonlyMap<string, string>;
  readonly image?: ReadonlyMap<string, string>;
  readonly realm?: ReadonlyMap<string, string>;
  readonly pool?: string;
  readonly newPool?: true;
  readonly group?: number;
  readonly weight?: number;
}

export function accountAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "what to call it")
    .requiredOption("--provider <provider>", "the kind of cloud: see slipway provider ls")
    .option(
      "--set <name=value>",
      "a setting, of those in slipway provider show (@FILE: of several lines); may be repeated",
      collectPair("--set"),
    )
    .option(
      "--where <[realm.]key=value>",
      "where its machines are put, unless a blueprint says so; keys in slipway provider show; may be repeated",
      collectPair("--where"),
    )
    .option(
      "--credential <name=value>",
      "a secret of the provider (-: asked for, or standard input; @FILE: of several lines)",
      collectPair("--credential"),
    )
    .option("--image <logical=native>", "what the cloud calls an image; may be repeated", collectPair("--image"))
    .option("--realm <logical=native>", "launch only in this realm; may be repeated", collectPair("--realm"))
    .option("--pool <pool>", "also put it into this pool; the first one, or default, is made when there is none")
    .option("--new-pool", "with --pool: make the pool when there is none of that name")
    .option("--group <n>", "with --pool: lower groups are tried first", wholeNumber("--group", 0, WHOLE_MOST))
    .option(
      "--weight <n>",
      "with --pool: -100 to 100, shifts the draw among equals",
      wholeNumber("--weight", -100, 100),
    );
  addLimitOptions(command)
    .addHelpText(
      "after",
      examples(
        "slipway account add lab --provider docker --set endpoint=unix:///var/run/docker.sock \\",
        "  --image debian-12=debian:12-slim --limit-instances 10 --pool default",
        "slipway account add north --provider sim --set url=http://127.0.0.1:7071 --set tenant=north \\",
        "  --credential key=- --pool default --group 1 --weight 50",
        "slipway account add south --provider sim --set url=http://127.0.0.1:7071 --set tenant=south \\",
        "  --credential key=- --where networks=shop --where south-b.publicAddress=false",
      ) + "\n\nOn a terminal, secrets that an account there needs and that are not given are asked for.",
    )
    .action((name: string, options: Options) => run((session) => add(session, name, options)));
}

async function add(session: Session, name: string, options: Options): Promise<ExitCode> {
  const { pool, group, weight } = options;
  if (pool === undefined && (group !== undefined || weight !== undefined)) {
    throw badInput("--group and --weight say how the account stands in a pool: add --pool POOL");
  }
  const client = await session.client();
  const fields = await fieldsOf(client, options.provider);
  const credential = new Map([
    ...(options.credential ?? []),
    ...missingSecrets(options.credential, fields, session.terminal),
  ]);
  if (areAsked(credential)) await permit(client, "accounts");
  const body: NewAccount = {
    name,
    provider: options.provider,
    settings: withDefaults(await settingsOf(options.set, fields), options.where),
    credentials: await credentialsOf(credential, fields, session.terminal),
    images: Object.fromEntries(options.image ?? []),
    realms: Object.fromEntries(options.realm ?? []),
    limit: limitOf(options, null),
    pool,
    newPool: options.newPool,
  };
  await client
    .ask({ method: "POST", path: "/v1/accounts", body, reply: Account })
    .catch((error: unknown) => Promise.reject(withPool(withFields(error, options.provider), pool)));
  if (pool !== undefined && (group !== undefined || weight !== undefined)) {
    const { members } = await client.ask({ path: path`/v1/pools/${pool}`, reply: Pool });
    const changed = members.map((member) =>
      member.account === name
        ? { account: name, group: group ?? member.group, weight: weight ?? member.weight }
        : member,
    );
    await client.ask({ method: "PATCH", path: path`/v1/pools/${pool}`, body: { members: changed }, reply: Pool });
  }
  tell(session.terminal, `Added account ${name}${pool === undefined ? "" : ` to pool ${pool}`}.`);
  return await checkAccount(session, name);
}

/** The server's no to a pool that is not there, with the option that makes it. */
function withPool(error: unknown, pool: string | undefined): unknown {
  if (!(error instanceof Refused) || error.problem.code !== "bad_pool" || pool === undefined) return error;
  // No pool can have this name.
  if (!NAME_PATTERN.test(pool)) return error;
  const [mistake] = error.problem.errors;
  const text = (mistake?.detail ?? error.message).replace(/ newPool [^.]*\.$/, "");
  return badInput(`--pool ${pool}: ${text}`, `to make a pool of that name: --pool ${pool} --new-pool`);
}
