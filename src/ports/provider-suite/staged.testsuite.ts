// One case of a provider's suite on a stage that the provider opens for it, or skipped under the reason that the provider gives.

import { test } from "vitest";

/** How a stage is opened, or why there is none. */
export type Opening<S> = (() => Promise<S>) | string;

/** `of`: what the stage is of; it stands before `what` in the case's name. */
export function staged<S extends AsyncDisposable>(
  { of, what, open }: { readonly of: string; readonly what: string; readonly open: Opening<S> },
  act: (stage: S) => Promise<void>,
): void {
  if (typeof open === "string") return test.skip(`${of}: ${what} (${open})`, () => undefined);
  test(`${of}: ${what}`, async () => {
    await using stage = await open();
    await act(stage);
  });
}
