import type { Command } from "commander";
import { type Grant, User, UserList, type UserPatch } from "../../contract/access.ts";
import type { Limit } from "../../contract/terms.ts";
import { collect, examples } from "../arguments.ts";
import { type Client, path } from "../client.ts";
import { badInput } from "../complaint.ts";
import { GRANT_OPTION, grantsText } from "../grants.ts";
import { addLimitOptions, limitOf, type LimitOptions, limitText } from "../limits.ts";
import type { Run } from "../session.ts";
import { tell } from "../terminal.ts";

interface Options extends LimitOptions {
  readonly grant?: readonly Grant[];
  readonly grants?: false;
  readonly group?: readonly string[];
  readonly groups?: false;
  readonly enable?: true;
  readonly disable?: true;
}

export function userSet(command: Command, run: Run): void {
  command
    .argument("<name>", "the user")
    .option(...GRANT_OPTION)
    .option("--no-grants", "nothing by themselves")
    .option("--group <name>", "a group that they are in, in place of those before (may come several times)", collect)
    .option("--no-groups", "in no group")
    .option("--enable", "let them in again")
    .option("--disable", "lock them out: none of their tokens counts");
  addLimitOptions(command)
    .addHelpText(
      "after",
      examples(
        "slipway user set ada --grant operator@web",
        "slipway user set ada --limit-hourly 12 --limit-deployments 3",
      ),
    )
    .action((name: string, options: Options) =>
      run(async ({ client: open, terminal }) => {
        const given = patchOf(options);
        const isLimited = limitOf(options, null) !== undefined;
        if (Object.keys(given).length === 0 && !isLimited) {
          throw badInput("nothing to change: name an option; slipway user set --help lists them");
        }
        const client = await open();
        const limit = isLimited ? limitOf(options, await limitBefore(client, name)) : undefined;
        const body = { ...given, ...(limit === undefined ? {} : { limit }) };
        const user = await client.ask({ method: "PATCH", path: path`/v1/users/${name}`, body, reply: User });
        const through = user.groups.length === 0 ? "" : `, and through ${user.groups.join(", ")}`;
        const may = user.enabled ? `may: ${grantsText(user.grants)}${through}` : "is locked out";
        const most = limitText(user.limit);
        tell(terminal, `User ${name} ${may}${most === "-" ? "" : `; quota: ${most}`}.`);
      }),
    );
}

/** What is not named in the options stays as it is. */
async function limitBefore(client: Client, name: string): Promise<Limit | null> {
  const { users } = await client.ask({ path: "/v1/users", reply: UserList });
  return users.find((one) => one.name === name)?.limit ?? null;
}

function patchOf({ grant, grants, group, groups, enable, disable }: Options): UserPatch {
  if (enable === true && disable === true) throw badInput("--enable and --disable: give one of them");
  return {
    ...(grant === undefined && grants !== false ? {} : { grants: [...(grant ?? [])] }),
    ...(group === undefined && groups !== false ? {} : { groups: [...(group ?? [])] }),
    ...(enable === undefined && disable === undefined ? {} : { enabled: enable === true }),
  };
}
