// A member whose machine is to stay until a person says that it may go: what it holds may be wanted.

import type { ResolvedInstance } from "../blueprint/model.ts";
import type { Instance } from "../deployment.ts";

/** One that never came to run holds nothing. */
export function isProtected(
  { protect }: Pick<ResolvedInstance, "protect">,
  { runningAt }: Pick<Instance, "runningAt">,
): boolean {
  return protect && runningAt !== null;
}

/** To follow "it is": what lets it be replaced. */
export function protectedText(deployment: string, instance: string): string {
  return `protected, and \`slipway repair ${deployment} --allow-replace ${instance}\` lets its machine go`;
}
