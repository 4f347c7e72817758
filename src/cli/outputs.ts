// What a deployment tells about itself, for people.

import type { Output } from "../contract/output.ts";
import { table } from "./table.ts";

/** Nothing when there is nothing to tell. Who looks over the shoulder sees no secrets. */
export function outputLines(ref: string, outputs: readonly Output[], width: number): string[] {
  if (outputs.length === 0) return [];
  return table(
    outputs,
    [
      { title: "OUTPUT", of: ({ name }) => name },
      { title: "VALUE", of: (output) => shownValue(ref, output) },
      { title: "ABOUT", of: ({ description }) => description ?? "" },
    ],
    width,
  );
}

function shownValue(ref: string, { name, secret, value, missing }: Output): string {
  if (missing !== null) return `(not known: no ${missing})`;
  return secret ? `(secret: slipway output ${ref} ${name})` : (value ?? "");
}
