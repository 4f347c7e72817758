import type { Command } from "commander";
import { Account, type Catalogue } from "../../contract/account.ts";
import { type Block, BlockList } from "../../contract/block.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { limitText } from "../limits.ts";
import { memory, money, oneLine, pauseLeft, relative, wrapped } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

interface View {
  /** The server's clock, ms since 1970. */
  readonly now: number;
  readonly width: number;
}

export function accountShow(accounts: Command, run: Run): void {
  accounts
    .command("show")
    .description("show everything about one account: health, limits, calls, what its cloud offers")
    .argument("<name>", "the account")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples("slipway account show lab", "slipway account show lab --json | jq .catalogue.images"),
    )
    .action((name: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const account = await client.ask({ path: path`/v1/accounts/${name}`, reply: Account });
        if (json === true) return say(terminal, JSON.stringify(account));
        const { blocks } = await client.ask({ path: "/v1/blocks", reply: BlockList });
        const own = blocks.filter((block) => block.account === account.name);
        say(terminal, ...accountLines(account, own, { now: client.now(), width: columnsOf(terminal) }));
      }),
    );
}

function accountLines(account: Account, blocks: readonly Block[], view: View): string[] {
  const { catalogue } = account;
  return [
    ...headLines(account, view),
    ...nameLines(account, view),
    ...(catalogue === null ? ["", "What its cloud offers has not been read yet."] : offerLines(catalogue, view)),
    ...blockLines(blocks, view),
  ];
}

function headLines(account: Account, { now, width }: View): string[] {
  const { name, provider, enabled, health, healthText, healthAt, alert, pools, openMachines, createdAt } = account;
  const { limit, catalogue, parallelCalls, callsUnderWay, callsPerMinute, pausedUntil } = account;
  const since = healthAt === null ? "" : ` as of ${relative(Date.parse(healthAt), now)}`;
  const machines = openMachines === 1 ? "1 machine" : `${openMachines} machines`;
  const left = pauseLeft(pausedUntil, now);
  const pause = left === null ? "" : `; its cloud asked for a pause: ${left} left`;
  const parts = [
    `${name}: ${provider}, ${enabled ? health : `disabled, ${health}`}${since}`,
    alert,
    healthText,
    `Added ${relative(Date.parse(createdAt), now)}; ${inPools(pools)}`,
    `Holds ${machines}; own limit: ${limitText(limit).replace(/^-$/, "none")}`,
    catalogue === null ? null : usageText(catalogue, now),
    `Calls: ${callsPerMinute} in the last minute, ${callsUnderWay} of ${parallelCalls} at once now${pause}`,
  ];
  return parts.flatMap((part) => (part === null ? [] : wrapped(oneLine(part), width)));
}

function inPools(pools: readonly string[]): string {
  if (pools.length === 0) return "in no pool";
  return `in pool${pools.length === 1 ? "" : "s"} ${pools.join(", ")}`;
}

/** What anybody uses there, as the cloud counts. */
function usageText({ limit, used, readAt }: Catalogue, now: number): string {
  const of = (most: number | null, shown: (amount: number) => string) => (most === null ? "" : ` of ${shown(most)}`);
  const plain = (amount: number): string => String(amount);
  const parts = [
    `${used.instances}${of(limit.instances, plain)} instances`,
    `${used.cpu}${of(limit.cpu, plain)} cpu`,
    `${memory(used.memoryMib)}${of(limit.memoryMib, memory)}`,
  ];
  return `Used at its cloud, by anybody: ${parts.join(", ")}; read ${relative(Date.parse(readAt), now)}`;
}

function nameLines({ settings, images, realms }: Account, { width }: View): string[] {
  const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const rows = [
    ...Object.entries(settings).map(([name, value]) => ["setting", name, textOf(value)] as const),
    ...Object.entries(images).map(([name, value]) => ["image", name, value] as const),
    ...Object.entries(realms).map(([name, value]) => ["realm", name, value] as const),
  ];
  if (rows.length === 0) return [];
  const columns = [
    { title: "KIND", of: ([kind]: (typeof rows)[number]) => kind },
    { title: "NAME", of: ([, name]: (typeof rows)[number]) => name },
    { title: "VALUE", of: ([, , value]: (typeof rows)[number]) => value },
  ];
  return ["", ...table(rows, columns, width)];
}

function offerLines({ realms, images, sizes, flexible }: Catalogue, { width }: View): string[] {
  const named = (what: string, names: readonly string[]): string => `${what}: ${names.join(", ") || "none"}`;
  const measure =
    flexible === null
      ? null
      : `Machines cut to measure, up to ${flexible.max.cpu} cpu and ${memory(flexible.max.memoryMib)}`;
  const prose = [named("Realms", realms), named("Images", images), measure];
  const lines = prose.flatMap((text) => (text === null ? [] : wrapped(oneLine(text), width)));
  const offered = table(
    sizes,
    [
      { title: "SIZE", of: ({ name }) => name },
      { title: "CPU", of: ({ cpu }) => String(cpu), right: true },
      { title: "MEMORY", of: ({ memoryMib }) => memory(memoryMib), right: true },
      { title: "STORAGE", of: ({ storageGib }) => `${storageGib} GiB`, right: true },
      { title: "ARCHITECTURE", of: ({ architecture }) => architecture },
      { title: "PER HOUR", of: ({ hourlyCost }) => money(hourlyCost), right: true },
      { title: "REALMS", of: (size) => (size.realms.length === realms.length ? "all" : size.realms.join(", ")) },
    ],
    width,
  );
  return ["", ...lines, ...(sizes.length === 0 ? [] : ["", ...offered])];
}

function blockLines(blocks: readonly Block[], { now, width }: View): string[] {
  if (blocks.length === 0) return [];
  const lines = table(
    blocks,
    [
      { title: "AVOIDED REALM", of: ({ realm }) => (realm === "*" ? "all" : realm) },
      { title: "SIZE", of: ({ size }) => (size === "*" ? "all" : size) },
      { title: "NEXT TRY", of: ({ until }) => relative(Date.parse(until), now) },
      { title: "WHY", of: ({ reason, text }) => `${reason} was refused: ${text}` },
    ],
    width,
  );
  return ["", ...lines];
}
