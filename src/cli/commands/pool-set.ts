import type { Command } from "commander";
import { Pool, type PoolPatch } from "../../contract/account.ts";
import { noSuch } from "../../contract/no-such.ts";
import { collect, examples } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput } from "../complaint.ts";
import {
  addLimitOptions,
  addUserLimitOptions,
  limitOf,
  type LimitOptions,
  userLimitOf,
  type UserLimitOptions,
} from "../limits.ts";
import { collectMember, joined, MEMBER_OPTION, type Member, withMemberMistakes } from "../members.ts";
import { MAX_LEASE_OPTION, unlessNone } from "../lease.ts";
import { MAX_QUARANTINE_OPTION, type MaxQuarantineOptions, maxQuarantineOf } from "../quarantine.ts";
import { addRetentionOptions, retentionOf, type RetentionOptions } from "../retention.ts";
import type { Run, Session } from "../session.ts";
import { columnsOf, say } from "../terminal.ts";
import { poolLines } from "./pool-list.ts";

interface Options extends LimitOptions, UserLimitOptions, RetentionOptions, MaxQuarantineOptions {
  readonly maxLease?: number | "none";
  readonly enable?: true;
  readonly disable?: true;
  readonly member?: readonly Member[];
  readonly without?: readonly string[];
}

export function poolSet(command: Command, run: Run): void {
  command
    .argument("<name>", "the pool")
    .option("--enable", "launch there again")
    .option("--disable", "launch nothing new there")
    .option(...MEMBER_OPTION, collectMember)
    .option("--without <account>", "take an account out; may be repeated", collect);
  addRetentionOptions(
    addUserLimitOptions(addLimitOptions(command))
      .option(...MAX_LEASE_OPTION)
      .option(...MAX_QUARANTINE_OPTION),
  )
    .addHelpText("after", examples("slipway pool set prod --member north,group=2 --without west"))
    .action((name: string, options: Options) => run((session) => set(session, name, options)));
}

async function set({ client: open, terminal }: Session, name: string, options: Options): Promise<void> {
  const { enable, disable, member = [], without = [], maxLease } = options;
  if (enable === true && disable === true) throw badInput("--enable and --disable exclude each other");
  if (Object.keys(options).length === 0)
    throw badInput("nothing to change: name an option; slipway pool set --help lists them");
  const client = await open();
  const at = path`/v1/pools/${name}`;
  const before = await client.ask({ path: at, reply: Pool });
  const names = before.members.map(({ account }) => account);
  const stranger = without.find((account) => !names.includes(account));
  if (stranger !== undefined) throw badInput(`--without: in pool ${name} ${noSuch("account", stranger, names)}`);
  const isMoved = member.length > 0 || without.length > 0;
  const members = joined(before.members, member).filter(({ account }) => !without.includes(account));
  const body: PoolPatch = {
    enabled: enable === true ? true : disable === true ? false : undefined,
    members: isMoved ? members : undefined,
    limit: limitOf(options, before.limit),
    userLimit: userLimitOf(options, before.userLimit),
    maxLeaseMs: unlessNone(maxLease),
    maxQuarantineMs: maxQuarantineOf(options),
    retention: retentionOf(options),
  };
  const patch = () => client.ask({ method: "PATCH", path: at, body, reply: Pool });
  const pool = await withMemberMistakes(members, patch);
  say(terminal, ...poolLines([pool], columnsOf(terminal)));
}
