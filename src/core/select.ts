// Choosing the match: which account × realm can host every instance, why the others cannot, and in which order to try.

import type { Account, Amount, Block, Catalogue, Market, MarketAccount, QuotaLimit, Size } from "./account.ts";
import { blockOf } from "./blocks.ts";
import { brief } from "./brief.ts";
import type { HardwareProfile, ResolvedBlueprint, ResolvedInstance } from "./blueprint/model.ts";
import type { Match, Placement } from "./deployment.ts";
import type { Refusal, RefusalCode } from "./event.ts";
import type { DeploymentId } from "./ids.ts";
import { isLoopback } from "./loopback.ts";
import { pauseLeftMs } from "./limiter.ts";
import { ranked } from "./rank.ts";

/** Of what an account's cloud has said: each of many accounts and realms tells its own cause, and has it in full elsewhere. */
const CAUSE_MOST = 256;

export interface Question {
  readonly blueprint: ResolvedBlueprint;
  readonly market: Market;
  /** Account × realm pairs of earlier attempts. */
  readonly tried: readonly Pick<Match, "account" | "realm">[];
  readonly now: number;
  /** Null for a plan. */
  readonly deployment: DeploymentId | null;
  /** Address at which machines call home. */
  readonly callbackBase: string;
  /** Names the draw: the same text draws the same order. */
  readonly draw: string;
}

export interface Candidates {
  /** Best first. */
  readonly matches: readonly Match[];
  /** One per account, or per account and realm, that cannot host it. */
  readonly refused: readonly Refusal[];
}

/** Every account × realm of the pool that can host the whole blueprint, best first, and a reason for each that cannot. */
export function candidates(question: Question): Candidates {
  const amount = sumOf(question.blueprint.instances.map(({ profile }) => profile));
  const matches: { match: Match; of: MarketAccount }[] = [];
  const refused: Refusal[] = [];
  for (const of of question.market.accounts) {
    const realms = realmsOf(question, of, amount);
    if ("code" in realms) {
      refused.push(realms);
      continue;
    }
    for (const realm of realms.realms) {
      const match = matchIn(question, of, { realm, amount, catalogue: realms.catalogue });
      if ("code" in match) refused.push(match);
      else matches.push({ match, of });
    }
  }
  return { matches: ranked(matches, question), refused };
}

/** The account's realms, or why the whole account is out. */
function realmsOf(
  question: Question,
  of: MarketAccount,
  amount: Amount,
): { realms: readonly string[]; catalogue: Catalogue } | Refusal {
  const { blueprint, market, deployment, now } = question;
  const { account, reserved } = of;
  const no = (code: RefusalCode, text: string): Refusal => ({ account: account.name, realm: null, code, text });
  if (!market.pool.enabled) return no("disabled", `pool ${market.pool.name} is disabled`);
  if (!account.enabled) return no("disabled", "the account is disabled");
  if (account.health === "suspended" || account.health === "unreachable") {
    return no("unhealthy", `${account.health}: ${brief(account.healthText ?? "no reason known", CAUSE_MOST)}`);
  }
  if (account.alert !== null) return no("unhealthy", account.alert);
  const pauseMs = pauseLeftMs(account.limiter, now);
  // What is asked for there would not even be sent before the step's deadline.
  if (pauseMs >= blueprint.policy.deadlines.createMs) return no("paused", pausedText(pauseMs));
  const { catalogue } = account;
  if (catalogue === null) return no("no_catalogue", "its offers have not been read yet");
  const unfit = misfit(question, catalogue);
  if (unfit !== null) return no(unfit.code, unfit.text);
  const poolShort = shortOf(amount, market.pool.limit, market.poolReserved);
  if (poolShort !== null) return no("pool_quota", `quota of pool ${market.pool.name}: ${poolShort}`);
  const short =
    shortOf(amount, account.limit, reserved) ?? shortOf(amount, catalogue.limit, most(catalogue.used, reserved));
  if (short !== null) return no("quota", short);
  const block = blockOf(market.blocks, { account: account.id, realm: "", size: "" }, { deployment, now });
  if (block !== undefined) return no("blocked", blockText(block, now));
  if (catalogue.realms.length === 0) return no("no_realm", "the cloud offers no realm");
  const named = [...new Set(Object.values(account.realms))];
  return { realms: named.length === 0 ? catalogue.realms : named, catalogue };
}

/** Why no machine of the blueprint would be of use there, whatever is free; null when they would be. */
function misfit({ blueprint, callbackBase }: Question, catalogue: Catalogue): Pick<Refusal, "code" | "text"> | null {
  const most = catalogue.userDataBytesMost;
  const long = blueprint.instances.find(({ userDataBytesLeast }) => userDataBytesLeast > most);
  if (long !== undefined) {
    const text = `user data of ${long.name} has ${long.userDataBytesLeast} bytes at the least, and ${most} are taken there`;
    return { code: "user_data", text };
  }
  const waiting = blueprint.instances.find(({ ready }) => ready.kind === "callback");
  if (waiting === undefined || catalogue.sharesLoopback || !isLoopback(callbackBase)) return null;
  const remedy = "set SLIPWAY_URL_PUBLIC to an address of this server that they reach";
  const text = `${waiting.name} has to call home, and machines there do not reach ${callbackBase}: ${remedy}`;
  return { code: "callback", text };
}

function matchIn(
  question: Question,
  { account }: MarketAccount,
  at: { realm: string; amount: Amount; catalogue: Catalogue },
): Match | Refusal {
  const { realm, amount, catalogue } = at;
  const no = (code: RefusalCode, text: string): Refusal => ({ account: account.name, realm, code, text });
  if (!catalogue.realms.includes(realm)) {
    return no("no_realm", "the account is limited to this realm, and the cloud does not offer it");
  }
  if (question.tried.some((match) => match.account === account.id && match.realm === realm)) {
    return no("tried", "tried before in this launch");
  }
  const placements: Record<string, Placement> = {};
  for (const instance of question.blueprint.instances) {
    const image = nativeImage(account, instance.image);
    if (!catalogue.images.includes(image)) return no("no_image", `image ${image} (${instance.name}) is not there`);
    const asker = { deployment: question.deployment, now: question.now };
    const fitting = sizesFor(instance.profile, realm, catalogue);
    const blockFor = (size: Size) =>
      blockOf(question.market.blocks, { account: account.id, realm, size: size.name }, asker);
    const size = fitting.find((one) => blockFor(one) === undefined);
    if (size === undefined) {
      const block = fitting.map(blockFor).find((one) => one !== undefined);
      if (block !== undefined) return no("blocked", blockText(block, question.now));
      return no("no_size", `no size fits ${profileText(instance)}`);
    }
    placements[instance.name] = { size: size.name, image, hourlyMicros: size.hourlyMicros };
  }
  const hourlyMicros = Object.values(placements).reduce((sum, placement) => sum + placement.hourlyMicros, 0);
  const { userDataBytesMost } = catalogue;
  return { account: account.id, accountName: account.name, realm, placements, userDataBytesMost, amount, hourlyMicros };
}

function nativeImage({ images }: Account, logical: string): string {
  // A blueprint may name an image like something that every object has.
  return new Map(Object.entries(images)).get(logical) ?? logical;
}

/** Sizes of this realm that fit the profile, cheapest first, then smallest memory. */
function sizesFor(profile: HardwareProfile, realm: string, catalogue: Catalogue): Size[] {
  const sizes = catalogue.sizes.filter((size) => size.realms.includes(realm) && fits(size, profile));
  const cut = cutToMeasure(profile, realm, catalogue);
  return [...sizes, ...(cut === null ? [] : [cut])].sort(
    (a, b) => a.hourlyMicros - b.hourlyMicros || a.memoryMib - b.memoryMib || (a.name < b.name ? -1 : 1),
  );
}

type Measures = Omit<Size, "name" | "hourlyMicros" | "realms">;

function fits(size: Measures, profile: HardwareProfile): boolean {
  return (
    size.cpu >= profile.cpu &&
    size.memoryMib >= profile.memoryMib &&
    size.storageGib >= profile.storageGib &&
    size.architecture === profile.architecture &&
    size.accelerators >= profile.accelerators
  );
}

function cutToMeasure(profile: HardwareProfile, realm: string, { flexible }: Catalogue): Size | null {
  if (flexible === null) return null;
  if (!fits({ ...flexible.max, architecture: flexible.architecture, accelerators: 0 }, profile)) return null;
  const hourlyMicros =
    flexible.hourlyMicrosPerCpu * profile.cpu + (flexible.hourlyMicrosPerGib * profile.memoryMib) / 1024;
  return { ...profile, hourlyMicros: Math.round(hourlyMicros), realms: [realm] };
}

function sumOf(profiles: readonly HardwareProfile[]): Amount {
  return profiles.reduce(
    (sum, profile) => ({
      instances: sum.instances + 1,
      cpu: sum.cpu + profile.cpu,
      memoryMib: sum.memoryMib + profile.memoryMib,
    }),
    { instances: 0, cpu: 0, memoryMib: 0 },
  );
}

const most = (a: Amount, b: Amount): Amount => ({
  instances: Math.max(a.instances, b.instances),
  cpu: Math.max(a.cpu, b.cpu),
  memoryMib: Math.max(a.memoryMib, b.memoryMib),
});

const UNITS: Readonly<Record<keyof Amount, string>> = {
  instances: "instances",
  cpu: "cpu",
  memoryMib: "MiB of memory",
};

/** What is missing, for people; null when `amount` fits. */
function shortOf(amount: Amount, limit: QuotaLimit, used: Amount): string | null {
  for (const dimension of ["instances", "cpu", "memoryMib"] as const) {
    const most = limit[dimension];
    if (most === null || used[dimension] + amount[dimension] <= most) continue;
    return `needs ${amount[dimension]} ${UNITS[dimension]}, ${Math.max(0, most - used[dimension])} of ${most} are free`;
  }
  return null;
}

function profileText({ name, profile }: ResolvedInstance): string {
  const parts = [`${profile.cpu} cpu`, `${profile.memoryMib} MiB of memory`];
  if (profile.storageGib > 0) parts.push(`${profile.storageGib} GiB of storage`);
  parts.push(profile.architecture);
  if (profile.accelerators > 0) parts.push(`${profile.accelerators} accelerators`);
  return `${name} (${parts.join(", ")})`;
}

function pausedText(pauseMs: number): string {
  const left = `${Math.ceil(pauseMs / 60_000)} min`;
  return `its cloud asked to be left alone for another ${left}; a check of the account ends the pause when it passes`;
}

function blockText(block: Block, now: number): string {
  const text = `${block.reason} was refused: ${brief(block.text, CAUSE_MOST)}`;
  if (block.until <= now) return `${text}; another launch is trying it`;
  return `${text}; next try in ${Math.ceil((block.until - now) / 1000)} s`;
}
