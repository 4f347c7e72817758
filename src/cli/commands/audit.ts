import { type Command, Option } from "commander";
import { TokenList, UserList } from "../../contract/access.ts";
import { AUDIT_KINDS, AUDIT_PER_PAGE, type AuditEntry, AuditPage } from "../../contract/audit.ts";
import { meantBy } from "../../contract/no-such.ts";
import { examples, oneOf, wholeNumber } from "../arguments.ts";
import { type Client, query } from "../client.ts";
import { badInput } from "../complaint.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, tell } from "../terminal.ts";

interface Options {
  readonly by?: string;
  readonly kind?: string;
  readonly subject?: string;
  readonly limit: number;
  readonly json?: true;
}

export function audit(command: Command, run: Run): void {
  command
    .option("--by <name>", "by this user or token")
    .addOption(
      new Option("--kind <kind>", "of this kind of thing").choices(AUDIT_KINDS).argParser(oneOf("--kind", AUDIT_KINDS)),
    )
    .option("--subject <name>", "of the thing of this name")
    .option("--limit <n>", "how many at most", wholeNumber("--limit", 1, AUDIT_PER_PAGE.most), AUDIT_PER_PAGE.usual)
    .option("--json", "print JSON, with all that was before and after")
    .addHelpText("after", examples("slipway audit --by ada", "slipway audit --kind token --json"))
    .action(({ json, by, kind, subject, limit }: Options) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const asked = query({ by, kind, subject, limit });
        const { entries } = await client.ask({ path: `/v1/audit${asked}`, reply: AuditPage });
        if (entries.length === 0 && by !== undefined) await refuseStranger(client, by);
        if (json === true) return say(terminal, JSON.stringify(entries));
        if (entries.length === 0) return tell(terminal, "Nothing like that was changed.");
        const lines = table(
          entries,
          [
            { title: "WHEN", of: ({ at }) => at },
            { title: "WHO", of: ({ by: who, token }) => (token === null || token === who ? who : `${who} (${token})`) },
            { title: "FROM", of: ({ address }) => address ?? "" },
            { title: "WHAT", of: ({ kind: of, subject: name }) => `${of} ${name}` },
            { title: "CHANGE", of: changeText },
          ],
          columnsOf(terminal),
        );
        say(terminal, ...lines);
      }),
    );
}

/** Whoever is gone has changed something, as the log tells. */
async function refuseStranger(client: Client, name: string): Promise<void> {
  const own = await client.ask({ path: `/v1/audit${query({ by: name, limit: 1 })}`, reply: AuditPage });
  if (own.entries.length > 0) return;
  const { users } = await client.ask({ path: "/v1/users", reply: UserList });
  const { tokens } = await client.ask({ path: "/v1/tokens", reply: TokenList });
  const names = [...new Set([...users, ...tokens].map((one) => one.name))];
  if (names.includes(name)) return;
  const meant = meantBy(name, names);
  throw badInput(`--by ${name}: there is no user or token ${name}${meant === null ? "" : `: ${meant}`}`);
}

function changeText({ before, after }: AuditEntry): string {
  if (after === null) return "gone";
  const names = Object.keys(after);
  if (before === null) return "made";
  return names
    .map((name) =>
      name in before
        ? `${name}: ${valueText(before[name])} → ${valueText(after[name])}`
        : `${name}: ${valueText(after[name])}`,
    )
    .join("; ");
}

const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
