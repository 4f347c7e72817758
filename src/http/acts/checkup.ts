// Looks at everything that a server needs, and at what waits for a person. Nothing is changed by it.

import type { Check } from "../../contract/checkup.ts";
import { sumText } from "../../contract/price.ts";
import type { Account } from "../../core/account.ts";
import { type DeploymentHead, STUCK_TRIES } from "../../core/deployment.ts";
import { DEPLOYMENT, DEPLOYMENT_STATES, finalStates } from "../../core/states.ts";
import { isUnpriced, hourlyMicrosNow } from "../../core/story/cost.ts";
import { spanText, timeLeft } from "../../core/story/times.ts";
import { pauseLeftMs } from "../../core/world/limiter.ts";
import { isLoopback } from "../../core/world/loopback.ts";
import { openTexts } from "../../ports/sealing.ts";
import type { Hold, Stray } from "../../ports/hold.ts";
import {
  type ClockState,
  type Debt,
  type NextDue,
  PUBLIC_URL,
  type Reads,
  type StoreVitals,
} from "../../ports/store.ts";
import type { HttpDeps, Room } from "../http-deps.ts";

/** A row that nobody has taken for so long is not merely waiting its turn. */
const LATE_MS = 30_000;
const DEBT_OLD_MS = 3_600_000;
const ANSWER_MS = 3_000;
const ROOM_LEAST = 100 * 1024 ** 2;
const ROOM_SCARCE = 1024 ** 3;
const PAGE = 500;
const PAGES_MOST = 20;
const NAMED_MOST = 5;

const fine = (name: Check["name"], text: string): Check => ({ name, state: "fine", text, remedy: null });
const note = (name: Check["name"], text: string, remedy: string | null): Check => ({
  name,
  state: "note",
  text,
  remedy,
});
const wrong = (name: Check["name"], text: string, remedy: string): Check => ({ name, state: "wrong", text, remedy });

interface Seen {
  readonly now: number;
  readonly clock: ClockState;
  readonly due: NextDue;
  readonly vitals: StoreVitals;
  readonly accounts: readonly Account[];
  readonly sealed: readonly (readonly [name: string, credentials: string | null])[];
  readonly debts: readonly Debt[];
  readonly parked: readonly DeploymentHead[];
  readonly publicUrl: string | null;
  readonly hold: Hold | null;
  readonly held: number;
  readonly strays: readonly Stray[];
}

/** In the order in which a person would go about it. */
export async function checkUp(deps: HttpDeps): Promise<{ readonly now: number; readonly checks: readonly Check[] }> {
  const startedAt = deps.clock.monotonic();
  const seen = await deps.store.read(see);
  const answeredMs = deps.clock.monotonic() - startedAt;
  const [room, callbacks] = await Promise.all([deps.room(), callbackCheck(deps, seen.publicUrl)]);
  const checks = [
    databaseCheck(deps, answeredMs),
    schemaCheck(deps, seen.vitals),
    ...(room === null ? [] : [roomCheck(room)]),
    keyCheck(deps, seen),
    clockCheck(seen.clock),
    workCheck(seen),
    callbacks,
    ...accountChecks(seen),
    debtCheck(seen),
    parkedCheck(seen.parked),
    ...holdChecks(seen),
  ];
  return { now: seen.now, checks };
}

async function see(tx: Reads): Promise<Seen> {
  const accounts = await tx.accounts();
  const sealed: [string, string | null][] = [];
  for (const { id, name } of accounts) sealed.push([name, await tx.credentials(id)]);
  return {
    now: await tx.now(),
    clock: await tx.clock(),
    due: await tx.nextDue(),
    vitals: await tx.vitals(),
    accounts,
    sealed,
    debts: await tx.debts(),
    parked: await parkedOf(tx),
    publicUrl: await tx.setting(PUBLIC_URL),
    hold: await tx.hold(),
    held: await tx.heldDeployments(),
    strays: await tx.strays(),
  };
}

/** What has ended is never parked. */
async function parkedOf(tx: Reads): Promise<DeploymentHead[]> {
  const final = new Set<string>(finalStates(DEPLOYMENT));
  const states = DEPLOYMENT_STATES.filter((state) => !final.has(state));
  const parked: DeploymentHead[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MOST; pages += 1) {
    const filter = { states, deleted: true, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const { rows, next } = await tx.deployments(filter);
    parked.push(...rows.map(({ deployment }) => deployment).filter((one) => one.parked !== null));
    if (next === null) break;
    cursor = next;
  }
  return parked;
}

function databaseCheck({ outage, embedded }: HttpDeps, answeredMs: number): Check {
  const away = outage();
  if (away !== null)
    return wrong("database", `${away.message}; what goes on waits`, "see the server's log for the reason");
  const kind = embedded ? "embedded, in a folder of the server" : "PostgreSQL";
  return fine("database", `${kind}, answers in ${Math.ceil(answeredMs)} ms`);
}

function schemaCheck({ schema }: HttpDeps, vitals: StoreVitals): Check {
  if (vitals.schema <= schema) return fine("schema", `up to date (${vitals.schema})`);
  const text = `a newer Slipway has changed it (${vitals.schema}; this server knows ${schema}), in ways that this one can work with`;
  return note("schema", text, "update this server");
}

function roomCheck({ free, total }: Room): Check {
  const text = `${sizeText(free)} of ${sizeText(total)} free for the database`;
  if (free < ROOM_LEAST)
    return wrong("disk", text, "make room: with none left nothing can be written down, and nothing is launched");
  return free < ROOM_SCARCE
    ? note("disk", text, "make room, or let pools keep steps and consoles for less long")
    : fine("disk", text);
}

const sizeText = (bytes: number): string =>
  bytes < ROOM_SCARCE ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${(bytes / ROOM_SCARCE).toFixed(1)} GiB`;

function keyCheck({ secrets }: HttpDeps, { sealed }: Seen): Check {
  const closed = sealed.filter(([, credentials]) => {
    try {
      openTexts(secrets, credentials);
      return false;
    } catch {
      return true;
    }
  });
  if (closed.length === 0) return fine("key", "opens the credentials of all accounts");
  const names = listed(closed.map(([name]) => name));
  return wrong(
    "key",
    `does not open the credentials of ${names}`,
    "give them anew: slipway account set NAME --credential …",
  );
}

function clockCheck({ offsetMs, steps }: ClockState): Check {
  if (Math.abs(offsetMs) < 1_000) {
    const times =
      steps === 0
        ? "which was never seen to be set"
        : `which was set ${steps === 1 ? "once" : `${steps} times`} and is right again`;
    return fine("clock", `the database's, ${times}`);
  }
  const text = `the database's clock was set: Slipway's time goes on ${spanText(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead of" : "behind"} it`;
  return note("clock", text, "set the database machine's clock right");
}

const PUMPS = {
  advance: "deployments to decide on",
  call: "calls to clouds",
  probe: "readiness checks",
  poll: "lists of accounts",
} as const;

function workCheck({ due, vitals }: Seen): Check {
  const late = (["advance", "call", "probe", "poll"] as const).flatMap((pump) => {
    const lateMs = due[pump] === null ? 0 : due.now - due[pump];
    return lateMs > LATE_MS ? [`${PUMPS[pump]} wait since ${spanText(lateMs)}`] : [];
  });
  const processes = vitals.processes === 1 ? "1 process works on it" : `${vitals.processes} processes work on it`;
  if (late.length === 0) return fine("work", `${processes}, and nothing is late`);
  return wrong(
    "work",
    `${late.join(", ")}; ${processes}`,
    "see the server's log; on PostgreSQL, `slipway work` adds workers",
  );
}

async function callbackCheck({ closing }: HttpDeps, publicUrl: string | null): Promise<Check> {
  if (publicUrl === null)
    return wrong(
      "callbacks",
      "nobody knows where machines call home",
      "start `slipway serve`, or set SLIPWAY_URL_PUBLIC",
    );
  const set = "set SLIPWAY_URL_PUBLIC to the address by which machines reach this server";
  const problem = await whyNotAnswering(`${publicUrl}/livez`, closing);
  if (problem !== null)
    return wrong("callbacks", `${publicUrl}, where machines call home, does not lead here: ${problem}`, set);
  if (isLoopback(publicUrl)) {
    const text = `${publicUrl} is an address of this machine alone: machines elsewhere cannot call home there`;
    return note("callbacks", text, `for blueprints with \`ready: callback\`, ${set}`);
  }
  return fine("callbacks", `${publicUrl} leads here, as seen from this server`);
}

async function whyNotAnswering(url: string, closing: AbortSignal): Promise<string | null> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), closing]);
    const answer = await fetch(url, { signal, redirect: "manual" });
    await answer.body?.cancel();
    return answer.status === 204 ? null : `it answers with status ${answer.status}`;
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${ANSWER_MS / 1_000} s`;
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
}

function accountChecks({ accounts, now }: Seen): Check[] {
  if (accounts.length === 0)
    return [note("accounts", "there is none yet, so nothing can be launched", "slipway account add --help")];
  const used = accounts.filter(({ enabled }) => enabled);
  if (used.length === 0)
    return [note("accounts", "all are switched off, so nothing can be launched", "slipway account set NAME --enable")];
  const troubles = used.flatMap((account): Check[] => {
    const { name, health, healthText, alert } = account;
    if (alert !== null) return [wrong("accounts", `${name}: ${alert.text}`, `slipway account show ${name}`)];
    if (health === "suspended" || health === "unreachable") {
      return [
        wrong(
          "accounts",
          `${name} is ${health}: ${healthText ?? "no reason known"}`,
          `mend it, then: slipway account check ${name}`,
        ),
      ];
    }
    const pauseMs = pauseLeftMs(account.limiter, now);
    if (pauseMs < LATE_MS) return [];
    return [note("accounts", `${name} is left alone for another ${timeLeft(pauseMs)}, for its cloud throttles`, null)];
  });
  const off = accounts.length - used.length;
  const others = off === 0 ? "" : `; ${off} switched off`;
  return troubles.length === 0 ? [fine("accounts", `${used.length} in use, all of them usable${others}`)] : troubles;
}

function debtCheck({ debts, now }: Seen): Check {
  if (debts.length === 0) return fine("debt", "none: every machine that should be gone is proven gone");
  const machines = debts.map(({ machine }) => machine);
  const hourly = machines.reduce((sum, machine) => sum + hourlyMicrosNow(machine), 0) / 1_000_000;
  const unpriced = machines.filter(isUnpriced).length;
  const price = sumText({ dollars: hourly, unpriced }, (dollars) => `$${dollars.toFixed(4)} per hour`);
  const count = machines.length === 1 ? "1 machine is" : `${machines.length} machines are`;
  const oldestMs = Math.max(...machines.map(({ debtSince }) => now - (debtSince ?? now)));
  const text = `${count} not proven gone, ${price}, since ${spanText(oldestMs)} at most`;
  return oldestMs >= DEBT_OLD_MS
    ? wrong("debt", text, "slipway debt ls")
    : note("debt", text, "it is tried on; slipway debt ls");
}

function parkedCheck(parked: readonly DeploymentHead[]): Check {
  if (parked.length === 0) return fine("parked", "none: every deployment can be decided on");
  const names = listed(parked.map(({ name }) => name));
  const isStuck = parked.some((one) => (one.parked?.tries ?? 0) >= STUCK_TRIES);
  const text = `nothing can be decided for ${names}: ${parked[0]?.parked?.text ?? ""}`;
  return isStuck
    ? wrong("parked", text, "see the server's log, and report it")
    : note("parked", text, "it is tried on");
}

/** What a restored database and its clouds do not agree about. */
function holdChecks({ hold, held, strays, now }: Seen): Check[] {
  if (hold === null) return [];
  const unknown =
    strays.length === 0
      ? "no machine is found that it does not know"
      : `it does not know ${strays.length === 1 ? "1 machine" : `${strays.length} machines`}: ${listed(strays.map(({ machine }) => machine.id))}`;
  const waiting = held === 1 ? "1 deployment waits" : `${held} deployments wait`;
  const text = `the database was put back from a backup; for another ${timeLeft(hold.until - now)} nothing is removed that was asked for before, and ${waiting}; ${unknown}`;
  return [note("hold", text, "slipway hold; then slipway hold --go, or --for 8h")];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MOST;
  return more <= 0 ? names.join(", ") : `${names.slice(0, NAMED_MOST).join(", ")} and ${more} more`;
}
