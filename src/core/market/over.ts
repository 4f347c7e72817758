// Whether it is known before anything is written that limits of the pool, or of who launches, leave no room at any account.

import { causesTexts } from "../story/causes.ts";
import { amountIn, amountText, boundsOf } from "./amount.ts";
import type { Candidates, Question } from "./candidates.ts";
import { holdersOf, isOfHolder, type OverLimit } from "./holders.ts";
import { standsText } from "./purse.ts";

/** The limits that keep it out wherever it could go; none while another account may still turn out to have room. */
export function overLimits(question: Question, { matches, unread, over }: Candidates): readonly OverLimit[] {
  if (matches.length > 0) return [];
  return unread.length === 0 ? over : certainlyOver(question);
}

/** By what it takes wherever it goes: its machines, and that it is a deployment. */
function certainlyOver({ market, by, blueprint }: Question): readonly OverLimit[] {
  const takes = { instances: blueprint.instances.length, deployments: 1 };
  return holdersOf(market, by).flatMap(({ of, name, limit, held, whose, remedy }) =>
    boundsOf(limit).flatMap(({ name: quota, dimension, most }) => {
      const [needs, used] = [amountIn(takes, dimension), amountIn(held, dimension)];
      if (needs === 0 || used + needs <= most) return [];
      const stands = standsText(used, { dimension, most, is: "used" });
      const text = `${whose}: needs ${amountText(needs, dimension)}, ${stands} (${remedy})`;
      return [{ of, name, quota, needs, used, most, text }];
    }),
  );
}

/** For people, with what keeps it from accounts where no such limit does. */
export function overText(
  over: readonly OverLimit[],
  { refused, unread }: Pick<Candidates, "refused" | "unread">,
): string {
  const others = unread.length > 0 ? [] : refused.filter(({ code }) => !isOfHolder(code));
  return [...over.map(({ text }) => text), ...causesTexts(others)].join("; ");
}
