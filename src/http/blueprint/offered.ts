// What a blueprint asks for and no account offers: told by a check, told by a plan, and refused to a launch.

import type { ProblemError } from "../../contract/problem.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import type { Mistake } from "../../core/blueprint/mistake.ts";
import type { HardwareProfile, ResolvedBlueprint } from "../../core/blueprint/model.ts";
import {
  imagesNotFound,
  notOffered,
  type Seller,
  sellersAmong,
  wantedAsWritten,
  wantedResolved,
} from "../../core/market/offered.ts";
import type { MarketAccount } from "../../core/market/market.ts";
import type { Reads } from "../../ports/store.ts";
import type { HttpDeps } from "../deps.ts";
import { type ImageReport, reportImages } from "./images.ts";
import { errorOf, parameterOf, refusedFor } from "./mistakes.ts";
import { Refused } from "../problem.ts";

type Asking = Pick<HttpDeps, "store" | "clock" | "closing">;

export interface PoolAsked {
  readonly pool: string;
  readonly written: Blueprint;
  readonly blueprint: ResolvedBlueprint;
  readonly profiles: readonly HardwareProfile[];
}

/** Throws not_offered for images and hardware that no account of the pool has. Waits only for images that none is known to have. */
export async function refuseNotOffered(deps: Asking, asked: PoolAsked): Promise<void> {
  const sellers = sellersAmong(await deps.store.read((tx) => accountsOf(tx, asked.pool)));
  if (sellers === null) return;
  const lacking = imagesNotFound(wantedResolved(asked.written, asked.blueprint), sellers);
  const missing = missingIn(asked, sellers, await reportImages(deps, sellers, lacking));
  if (missing.length === 0) return;
  const { message, more } = refusedFor("not_offered", missing, parameterOf);
  throw new Refused("not_offered", `${message} With "anyway": true it is launched all the same.`, more);
}

/** The same for a plan, which waits for what each account says about each image. */
export async function missingForPlan(deps: Asking, asked: PoolAsked): Promise<readonly ProblemError[]> {
  const accounts = await deps.store.read((tx) => accountsOf(tx, asked.pool));
  const images = new Set(asked.blueprint.instances.flatMap((instance) => instance.images));
  const report = await reportImages(deps, knownAmong(accounts), [...images]);
  const sellers = sellersAmong(accounts);
  return sellers === null ? [] : missingIn(asked, sellers, report).map((mistake) => errorOf(mistake, parameterOf));
}

function missingIn(asked: PoolAsked, sellers: readonly Seller[], report: ImageReport): readonly Mistake[] {
  const { pool, written, blueprint, profiles } = asked;
  const by = { owner: ` of pool ${pool}`, sellers, profiles, images: imagesBy(report) };
  return notOffered(wantedResolved(written, blueprint), by, "hopeless");
}

export interface CheckedOffers {
  readonly warnings: readonly ProblemError[];
  /** Names of the accounts that were asked. */
  readonly checkedAt: readonly string[];
}

/** What is written out and no account offers whose offers are known, in whatever pool. */
export async function checkOffers(
  deps: Asking,
  blueprint: Blueprint,
  profiles: readonly HardwareProfile[],
): Promise<CheckedOffers> {
  const sellers = knownAmong(await deps.store.read(accountsOfAll));
  const checkedAt = sellers.map(({ account }) => account.account.name);
  if (sellers.length === 0) return { warnings: [], checkedAt };
  const wanted = wantedAsWritten(blueprint, profiles);
  const report = await reportImages(deps, sellers, imagesNotFound(wanted, sellers));
  const mistakes = notOffered(wanted, { owner: "", sellers, profiles, images: imagesBy(report) }, "each");
  return { warnings: mistakes.map((mistake) => errorOf(mistake)), checkedAt };
}

const imagesBy = ({ nowhere, names }: ImageReport) => ({ isNowhere: (image: string) => nowhere.has(image), names });

const knownAmong = (accounts: readonly MarketAccount[]): readonly Seller[] =>
  accounts.flatMap((account) => sellersAmong([account]) ?? []);

async function accountsOf(tx: Reads, pool: string): Promise<readonly MarketAccount[]> {
  return (await tx.market(pool))?.accounts ?? [];
}

/** Each once, in order of their names. */
async function accountsOfAll(tx: Reads): Promise<readonly MarketAccount[]> {
  const found = new Map<string, MarketAccount>();
  for (const { name } of await tx.pools()) {
    for (const one of await accountsOf(tx, name)) found.set(one.account.name, one);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
