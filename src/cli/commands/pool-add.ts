import type { Command } from "commander";
import { type NewPool, Pool } from "../../contract/account.ts";
import { examples } from "../arguments.ts";
import {
  addLimitOptions,
  addUserLimitOptions,
  limitOf,
  type LimitOptions,
  userLimitOf,
  type UserLimitOptions,
} from "../limits.ts";
import { collectMember, MEMBER_OPTION, type Member, withMemberMistakes } from "../members.ts";
import { MAX_LEASE_OPTION, unlessNone } from "../lease.ts";
import { MAX_QUARANTINE_OPTION, type MaxQuarantineOptions, maxQuarantineOf } from "../quarantine.ts";
import { addRetentionOptions, retentionOf, type RetentionOptions } from "../retention.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

interface Options extends LimitOptions, UserLimitOptions, RetentionOptions, MaxQuarantineOptions {
  readonly maxLease?: number | "none";
  readonly member?: readonly Member[];
}

export function poolAdd(command: Command, run: Run): void {
  command.argument("<name>", "what to call it").option(...MEMBER_OPTION, collectMember);
  addRetentionOptions(
    addUserLimitOptions(addLimitOptions(command))
      .option(...MAX_LEASE_OPTION)
      .option(...MAX_QUARANTINE_OPTION),
  )
    .addHelpText("after", examples("slipway pool add prod --member east,group=0,weight=50 --member west,group=1"))
    .action((name: string, options: Options) =>
      run(async (session) => {
        const client = await session.client();
        const { member = [], maxLease } = options;
        const body: NewPool = {
          name,
          members: [...member],
          limit: limitOf(options, null),
          userLimit: userLimitOf(options, null),
          maxLeaseMs: unlessNone(maxLease),
          maxQuarantineMs: maxQuarantineOf(options),
          retention: retentionOf(options),
        };
        const post = () => client.ask({ method: "POST", path: "/v1/pools", body, reply: Pool });
        await withMemberMistakes(member, post);
        tell(session.terminal, `Added pool ${name}.`);
      }),
    );
}
