// Members of pools as options: `--member east,group=0,weight=50`.

import type { Pool } from "../contract/account.ts";
import { WHOLE_MOST } from "../contract/terms.ts";
import { wholeNumber } from "./arguments.ts";
import { Refused } from "./client.ts";
import { badInput, Complaint } from "./complaint.ts";

/** Undefined: as it was, or the server's own choice. */
export interface Member {
  readonly account: string;
  readonly group?: number;
  readonly weight?: number;
}

export const MEMBER_OPTION = [
  "--member <account[,group=N][,weight=N]>",
  "an account; lower groups are tried first, weights from -100 to 100 shift the draw within a group; may be repeated",
] as const;

/** For commander. */
export function collectMember(given: string, before: readonly Member[] = []): Member[] {
  const [account = "", ...parts] = given.split(",");
  const wrong = badInput(`--member ${given}: must be ACCOUNT, ACCOUNT,group=N or ACCOUNT,group=N,weight=N`);
  if (account === "") throw wrong;
  let member: Member = { account };
  for (const part of parts) {
    const [, name, value = ""] = /^(group|weight)=(.*)$/.exec(part) ?? [];
    if (name === undefined) throw wrong;
    if (name === "group") member = { ...member, group: wholeNumber("--member group", 0, WHOLE_MOST)(value) };
    else member = { ...member, weight: wholeNumber("--member weight", -100, 100)(value) };
  }
  return [...before, member];
}

/** The members with what was given changed or added. */
export function joined(members: Pool["members"], given: readonly Member[]): Member[] {
  const changed = members.map((member) => ({ ...member, ...given.find(({ account }) => account === member.account) }));
  return [...changed, ...given.filter(({ account }) => members.every((member) => member.account !== account))];
}

/** What `act` returns; what the server has against one of the members is told by its option. */
export async function withMemberMistakes<T>(members: readonly Member[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const [mistake] = error.problem.errors;
    const [, place] = /^\/members\/(\d+)\//.exec(mistake?.pointer ?? "") ?? [];
    const member = place === undefined ? undefined : members[Number(place)];
    if (member === undefined || mistake === undefined) throw error;
    throw new Complaint(error.exitCode, `--member ${member.account}: ${mistake.detail}`, { cause: error });
  }
}
