// Reasons why nothing can be placed, in words that hold for the whole request.

import type { Plan, Refusal } from "../../../../src/contract/plan.ts";

type Codes = ReadonlySet<Refusal["code"]>;

const OF_USERS: Codes = new Set(["user_quota", "pool_user_quota"]);
/** Limits that hold at every account. */
const QUOTAS: Codes = new Set([...OF_USERS, "pool_quota"]);
const UNREAD: Codes = new Set(["image_unread", "placement_unread"]);

/** Why a plan without a match could not be launched. */
export function prospectText({ refused }: Pick<Plan, "refused">): string {
  const codes = refused.map(({ code }) => code);
  // What is not known yet may still have room: only then a launch is taken.
  const isRefused = codes.some((code) => QUOTAS.has(code)) && !codes.some((code) => UNREAD.has(code));
  if (!isRefused) return "No account can take it now: the launch would fail.";
  const whose = codes.some((code) => OF_USERS.has(code)) ? "Your quota" : "The pool's quota";
  return `${whose} leaves no room: it would be refused.`;
}

export interface RefusedAt extends Pick<Refusal, "realm" | "code" | "text"> {
  readonly accounts: readonly string[];
}

/** A quota that keeps it out of several accounts and realms in the same words is told once. */
export function refusedOnce(refused: readonly Refusal[]): readonly RefusedAt[] {
  const told = Map.groupBy(refused, ({ account, realm, code, text }) =>
    QUOTAS.has(code) ? `${code} ${text}` : `${code} ${account} ${realm} ${text}`,
  );
  return [...told.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { realm, code, text } = first;
    const accounts = [...new Set(same.map(({ account }) => account))];
    return [{ accounts, code, text, realm: same.length > 1 || QUOTAS.has(code) ? null : realm }];
  });
}

/** What a refused update can be helped by. */
export function updateRefusedText({ account, refused }: { account: string; refused: readonly Refusal[] }): {
  readonly title: string;
  readonly remedy: string;
} {
  const isOfAccount = refused.some(({ code }) => !QUOTAS.has(code) && code !== "spend_cap");
  if (isOfAccount) {
    return {
      title: `Account ${account} has no place for what is new beside what is there`,
      remedy: "An update stays at its account: change that there, or what is asked for, and plan again.",
    };
  }
  return {
    title: "A limit leaves no room for what is new beside what is there",
    remedy: "Have it raised, or ask for less, and plan again: it holds at every account.",
  };
}
