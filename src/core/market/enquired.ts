// For whose sake an account was asked something.

import type { Account } from "../account.ts";
import { ACCOUNT_WHERE_KEYS, type ResolvedInstance } from "../blueprint/model.ts";
import { nativeImage } from "./ground.ts";
import type { Enquiry } from "./market.ts";
import { sectionsOf, whereChoice, whereIn } from "./where.ts";

/** Whether a launch of these instances, should it go to the account, waits for the answer. */
export function isAskedFor(
  { kind, realm, choice }: Omit<Enquiry, "account">,
  account: Pick<Account, "images" | "settings">,
  instances: readonly ResolvedInstance[],
): boolean {
  if (kind === "image")
    return instances.some(({ images }) => images.some((image) => nativeImage(account, image) === choice));
  const sections = sectionsOf(account, ACCOUNT_WHERE_KEYS);
  return instances.some(({ where }) => whereChoice(whereIn(sections, realm, where)) === choice);
}
