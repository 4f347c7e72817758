// Placements that no account can do, whatever is free there: no launch can get them, so that whoever asks is told at once.

import type { Group } from "../blueprint/blueprint.ts";
import { inOrder, type Mistake, mistakeAt } from "../blueprint/mistake.ts";
import { type Where, WHERE_KEYS } from "../blueprint/model.ts";
import { blame } from "../blueprint/open.ts";
import { opensInWhere } from "../blueprint/placement.ts";
import type { AccountId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { brief } from "../story/brief.ts";
import type { Answer, Enquiry } from "./market.ts";
import type { Offerers, Seller, Wanted } from "./offered.ts";
import { sectionsOf, whereChoice, whereIn } from "./where.ts";

export interface Unplaced {
  readonly mistakes: readonly Mistake[];
  /** What no account has answered yet, of groups that none is known to have a place for. */
  readonly open: readonly Enquiry[];
  /** The same of all groups. */
  readonly unread: readonly Enquiry[];
}

/** An account's answer to the question where machines are put. */
export type PlaceAnswer = (account: AccountId, realm: string, choice: string) => Answer;

/** It says where it is put. Who says nothing is put where the account says, and what is wrong with that is the account's. */
export function isPlaced(wanted: Wanted): wanted is Wanted & { readonly where: Where } {
  return wanted.where !== null && whereChoice(wanted.where) !== null;
}

/** Each cloud's words, of so many; the others say the like. */
const REASONS_MOST = 3;
const REASON_MOST = 160;

export function unplaced(
  wanted: readonly Wanted[],
  { owner, sellers }: Pick<Offerers, "owner" | "sellers">,
  answer: PlaceAnswer,
): Unplaced {
  const all = wanted.filter(isPlaced).map(({ group, where }) => {
    const told = sellers.map((seller) => toldBy(seller, where, answer));
    return {
      group,
      isFound: told.some(({ isFound }) => isFound),
      unread: told.flatMap(({ unread }) => unread),
      reasons: [...new Set(told.flatMap(({ reason }) => reason ?? []))],
    };
  });
  const lacking = all.filter(({ isFound }) => !isFound);
  return {
    mistakes: inOrder(
      lacking
        .filter(({ unread }) => unread.length === 0)
        .map(({ group, reasons }) => {
          const more = reasons.length > REASONS_MOST ? `; ${reasons.length - REASONS_MOST} more` : "";
          const why = `${reasons.slice(0, REASONS_MOST).join("; ")}${more}`;
          const remedy = "ask for what one of them has, or add an account that has it";
          const says = `asks for what no account${owner} has at present (${why}): ${remedy}`;
          return blamed(group, mistakeAt(group.placedAt, { code: "not_offered", says }));
        }),
    ),
    open: lacking.flatMap(({ unread }) => unread),
    unread: all.flatMap(({ unread }) => unread),
  };
}

/** On a parameter, where nothing of it is written out. */
function blamed({ where }: Group, mistake: Mistake): Mistake {
  const opens = opensInWhere(where);
  return opens.some(({ kind }) => kind === "known")
    ? mistake
    : opens.reduceRight((told, open) => blame(open, told), mistake);
}

interface ToldBy {
  readonly isFound: boolean;
  readonly unread: readonly Enquiry[];
  /** Why not; null as long as that is not known. */
  readonly reason: string | null;
}

function toldBy({ account: { account }, offers, realms }: Seller, where: Where, answer: PlaceAnswer): ToldBy {
  const key = WHERE_KEYS.find((one) => where[one] !== undefined && !offers.where.includes(one));
  if (key !== undefined) return { isFound: false, unread: [], reason: `${account.name}: takes no ${key}` };
  const sections = sectionsOf(account, offers.where);
  const unread: Enquiry[] = [];
  let reason: string | null = null;
  let isFound = false;
  for (const realm of realms) {
    const choice = whereChoice(whereIn(sections, realm, where));
    invariant(choice !== null, "what a group asks for is asked for in each realm");
    const told = answer(account.id, realm, choice);
    if (told.kind === "unread") unread.push({ account: account.id, kind: "where", realm, choice });
    if (told.kind === "found") isFound = true;
    if (told.kind === "absent")
      reason ??= `${account.name}: ${brief(told.text ?? "not all of it is there", REASON_MOST)}`;
  }
  return { isFound, unread, reason };
}
