import type { Command } from "commander";
import { Account, AccountUsage, type Offer, OfferPage } from "../../contract/account.ts";
import { type Block, BlockList } from "../../contract/block.ts";
import { wherePairs } from "../../contract/where.ts";
import { examples } from "../arguments.ts";
import { path } from "../client.ts";
import { limitText } from "../limits.ts";
import { memory, money, oneLine, pauseLeft, relative, wrapped } from "../print.ts";
import type { Run } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say } from "../terminal.ts";

/** The rest is to be had page by page. */
const OFFERS_SHOWN = 20;

interface View {
  /** The server's clock, ms since 1970. */
  readonly now: number;
  readonly width: number;
}

export function accountShow(command: Command, run: Run): void {
  command
    .argument("<name>", "the account")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway account show lab", "slipway account show lab --json | jq .health"))
    .action((name: string, { json }: { json?: true }) =>
      run(async ({ client: open, terminal }) => {
        const client = await open();
        const account = await client.ask({ path: path`/v1/accounts/${name}`, reply: Account });
        if (json === true) return say(terminal, JSON.stringify(account));
        const { blocks } = await client.ask({ path: "/v1/blocks", reply: BlockList });
        const own = blocks.filter((block) => block.account === account.name);
        const usage = await client.ask({ path: path`/v1/accounts/${name}/usage`, reply: AccountUsage });
        const first = { path: path`/v1/accounts/${name}/offers?limit=${String(OFFERS_SHOWN)}`, reply: OfferPage };
        const page = await client.ask(first);
        const view = { now: client.now(), width: columnsOf(terminal) };
        say(terminal, ...accountLines({ account, usage, page, blocks: own }, view));
      }),
    );
}

interface Shown {
  readonly account: Account;
  readonly usage: AccountUsage;
  readonly page: OfferPage;
  readonly blocks: readonly Block[];
}

function accountLines({ account, usage, page, blocks }: Shown, view: View): string[] {
  return [
    ...headLines(account, view),
    ...nameLines(account, view),
    ...quotaLines(usage, view),
    ...(account.offersAt === null
      ? ["", "What its cloud offers has not been read yet."]
      : offerLines(usage, page, view)),
    ...blockLines(blocks, view),
    ...(page.next === null ? [] : ["", `More offers: slipway account offers ${account.name}`]),
  ];
}

function headLines(account: Account, { now, width }: View): string[] {
  const { name, provider, enabled, health, healthText, healthAt, alert, pools, openMachines, createdAt } = account;
  const { limit, parallelCalls, callsUnderWay, callsPerMinute, pausedUntil } = account;
  const since = healthAt === null ? "" : ` as of ${relative(Date.parse(healthAt), now)}`;
  const machines = openMachines === 1 ? "1 machine" : `${openMachines} machines`;
  const left = pauseLeft(pausedUntil, now);
  const pause = left === null ? "" : `; its cloud throttles: nothing is asked of it for another ${left}`;
  const parts = [
    `${name}: ${provider}, ${enabled ? health : `disabled, ${health}`}${since}`,
    alert,
    healthText,
    `Added ${relative(Date.parse(createdAt), now)}; ${inPools(pools)}`,
    `Holds ${machines}; own limit: ${limitText(limit).replace(/^-$/, "none")}`,
    `Calls: ${callsPerMinute} in the last minute, ${callsUnderWay} of ${parallelCalls} at once now${pause}`,
  ];
  return parts.flatMap((part) => (part === null ? [] : wrapped(oneLine(part), width)));
}

function inPools(pools: readonly string[]): string {
  if (pools.length === 0) return "in no pool";
  return `in pool${pools.length === 1 ? "" : "s"} ${pools.join(", ")}`;
}

/** What anybody uses there, as the cloud counts, and what launches here hold beside that. */
function quotaLines({ askedAt, quotas }: AccountUsage, { now, width }: View): string[] {
  if (askedAt === null) return ["", "What its cloud counts has not been read yet."];
  const shown = (amount: number, dimension: string) => (dimension === "memoryMib" ? memory(amount) : String(amount));
  const counted = quotas.filter(({ limit, used, held }) => limit !== null || used > 0 || held > 0);
  if (counted.length === 0) {
    return [
      "",
      ...wrapped(`Its cloud counted nothing and limits nothing, as of ${relative(Date.parse(askedAt), now)}`, width),
    ];
  }
  const rows = table(
    counted,
    [
      { title: "QUOTA", of: ({ dimension }) => (dimension === "memoryMib" ? "memory" : dimension) },
      { title: "REALM", of: ({ realm }) => realm ?? "all" },
      { title: "USED", of: ({ used, dimension }) => shown(used, dimension), right: true },
      { title: "HELD", of: ({ held, dimension }) => shown(held, dimension), right: true },
      { title: "LIMIT", of: ({ limit, dimension }) => (limit === null ? "-" : shown(limit, dimension)), right: true },
    ],
    width,
  );
  const when = `Used by anybody as its cloud counted ${relative(Date.parse(askedAt), now)}; held: by launches, beside that`;
  return ["", ...wrapped(when, width), ...rows];
}

function nameLines({ settings, images, realms }: Account, { width }: View): string[] {
  const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const rows = [
    ...Object.entries(settings).flatMap(([name, value]) =>
      name === "where" ? [] : [["setting", name, textOf(value)] as const],
    ),
    ...wherePairs(settings["where"]).map(([name, value]) => ["where", name, value] as const),
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

function offerLines({ realms, images }: AccountUsage, { offers }: OfferPage, view: View): string[] {
  const found = [...new Set(images.filter(({ image }) => image !== null).map(({ choice }) => choice))];
  const named = (what: string, names: readonly string[]): string => `${what}: ${names.join(", ") || "none"}`;
  const lines = [named("Realms", realms), named("Images known", found)].flatMap((text) =>
    wrapped(oneLine(text), view.width),
  );
  return ["", ...lines, ...(offers.length === 0 ? [] : ["", ...offerTable(offers, view.width)])];
}

export function offerTable(offers: readonly Offer[], width: number): string[] {
  return table(
    offers,
    [
      { title: "REALM", of: ({ realm }) => realm },
      { title: "SIZE", of: ({ size }) => size },
      { title: "CPU", of: ({ cpu }) => String(cpu), right: true },
      { title: "MEMORY", of: ({ memoryMib }) => memory(memoryMib), right: true },
      { title: "STORAGE", of: ({ storageGib }) => `${storageGib} GiB`, right: true },
      { title: "ARCHITECTURE", of: ({ architecture }) => architecture },
      { title: "ACCELERATORS", of: acceleratorsOf },
      { title: "PER HOUR", of: priceOf, right: true },
    ],
    width,
  );
}

function acceleratorsOf({ accelerators, acceleratorKind }: Offer): string {
  return accelerators === 0 ? "-" : `${accelerators} ${acceleratorKind ?? ""}`.trim();
}

function priceOf({ hourlyCost, cut, spot }: Offer): string {
  const price = cut === null ? (hourlyCost === null ? "unknown" : money(hourlyCost)) : "by measure";
  return spot ? `${price}, spot` : price;
}

function blockLines(blocks: readonly Block[], { now, width }: View): string[] {
  if (blocks.length === 0) return [];
  const lines = table(
    blocks,
    [
      { title: "AVOIDED REALM", of: ({ realm }) => (realm === "*" ? "all" : realm) },
      { title: "SIZE", of: ({ size }) => size.replace("*", "all") },
      { title: "NEXT TRY", of: ({ until }) => relative(Date.parse(until), now) },
      { title: "WHY", of: ({ reason, text }) => `${reason} was refused: ${text}` },
    ],
    width,
  );
  return ["", ...lines];
}
