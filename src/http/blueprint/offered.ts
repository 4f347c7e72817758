// What a blueprint asks for and no account offers: told by a check, told by a plan, and refused to a launch.

import type { ProblemError } from "../../contract/problem.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import { inOrder, type Mistake } from "../../core/blueprint/mistake.ts";
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
import type { Asking } from "./asking.ts";
import { type ImageReport, reportImages } from "./images.ts";
import { errorOf, parameterOf, refusedFor } from "./mistakes.ts";
import { reportPlaces } from "./places.ts";
import { Refused } from "../problem.ts";

export interface PoolAsked {
  readonly pool: string;
  readonly written: Blueprint;
  readonly blueprint: ResolvedBlueprint;
  readonly profiles: readonly HardwareProfile[];
}

/** Throws not_offered for images, hardware and placements that no account of the pool has. Waits only for what none is known to have. */
export async function refuseNotOffered(
  deps: Asking,
  asked: PoolAsked,
  accounts: readonly MarketAccount[],
): Promise<void> {
  const sellers = sellersAmong(accounts);
  if (sellers === null) return;
  const lacking = imagesNotFound(wantedBy(asked), sellers);
  const [images, places] = await Promise.all([
    reportImages(deps, sellers, lacking),
    reportPlaces(deps, { owner: ofPool(asked), sellers }, { wanted: wantedBy(asked), all: false }),
  ]);
  const missing = inOrder([...missingIn(asked, sellers, images), ...places.mistakes]);
  if (missing.length === 0) return;
  const { message, more } = refusedFor("not_offered", missing, parameterOf);
  throw new Refused("not_offered", `${message} With "anyway": true it is launched all the same.`, more);
}

/** The same for a plan, which waits for what each account says about each image and placement. */
export async function missingForPlan(deps: Asking, asked: PoolAsked): Promise<readonly ProblemError[]> {
  const accounts = await deps.store.read((tx) => accountsOf(tx, asked.pool));
  const images = new Set(asked.blueprint.instances.flatMap((instance) => instance.images));
  const known = knownAmong(accounts);
  const [report, places] = await Promise.all([
    reportImages(deps, known, [...images]),
    reportPlaces(deps, { owner: ofPool(asked), sellers: known }, { wanted: wantedBy(asked), all: true }),
  ]);
  const sellers = sellersAmong(accounts);
  if (sellers === null) return [];
  const missing = inOrder([...missingIn(asked, sellers, report), ...places.mistakes]);
  return missing.map((mistake) => errorOf(mistake, parameterOf));
}

function missingIn(asked: PoolAsked, sellers: readonly Seller[], report: ImageReport): readonly Mistake[] {
  const by = { owner: ofPool(asked), sellers, profiles: asked.profiles, images: imagesBy(report) };
  return notOffered(wantedBy(asked), by, "hopeless");
}

const ofPool = ({ pool }: PoolAsked): string => ` of pool ${pool}`;

const wantedBy = ({ written, blueprint }: PoolAsked) => wantedResolved(written, blueprint);

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
  const [report, places] = await Promise.all([
    reportImages(deps, sellers, imagesNotFound(wanted, sellers)),
    reportPlaces(deps, { owner: "", sellers }, { wanted, all: false }),
  ]);
  const lacking = notOffered(wanted, { owner: "", sellers, profiles, images: imagesBy(report) }, "each");
  const mistakes = inOrder([...lacking, ...places.mistakes]);
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
