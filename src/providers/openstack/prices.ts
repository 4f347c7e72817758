// What machines cost. OpenStack does not tell, so the account does: by flavor, else by processor and GiB.

import { accountFormFault } from "../../ports/account-form.ts";
import type { Values } from "./form.ts";

export interface Prices {
  /** Millionths of a dollar per hour, by flavor. */
  readonly byFlavor: ReadonlyMap<string, number>;
  /** Null: not told. */
  readonly byPart: { readonly cpu: number; readonly gib: number } | null;
}

const LINE = /^(?<flavor>\S.*?)\s*[=:]\s*(?<dollars>\d+(?:\.\d+)?)$/;
const EXAMPLE = "m1.small = 0.02";

/** Throws a ProviderFault that names the field. */
export function readPrices(values: Pick<Values, "prices" | "hourlyPricePerCpu" | "hourlyPricePerGib">): Prices {
  const { hourlyPricePerCpu: cpu, hourlyPricePerGib: gib } = values;
  if ((cpu === null) !== (gib === null)) {
    const missing = cpu === null ? "hourlyPricePerCpu" : "hourlyPricePerGib";
    throw accountFormFault(missing, "is missing: a price by parts needs both that of a processor and that of memory");
  }
  const byPart = cpu === null || gib === null ? null : { cpu: micros(cpu), gib: micros(gib) };
  return { byFlavor: readList(values.prices ?? ""), byPart };
}

function readList(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), no: index + 1 }));
  const prices = new Map<string, number>();
  for (const { line, no } of lines.filter(({ line: written }) => written !== "" && !written.startsWith("#"))) {
    const { flavor, dollars } = LINE.exec(line)?.groups ?? {};
    if (flavor === undefined || dollars === undefined || Number(dollars) > MOST) {
      throw accountFormFault("prices", `line ${no} must look like ${EXAMPLE}`);
    }
    if (prices.has(flavor)) throw accountFormFault("prices", `line ${no} tells the price of ${flavor} again`);
    prices.set(flavor, micros(Number(dollars)));
  }
  return prices;
}

const MOST = 1_000_000;

const micros = (dollars: number): number => Math.round(dollars * 1_000_000);

/** Null: nobody knows. */
export function priceOf(
  { byFlavor, byPart }: Prices,
  of: { readonly name: string; readonly cpu: number; readonly memoryMib: number },
): number | null {
  const told = byFlavor.get(of.name);
  if (told !== undefined) return told;
  return byPart === null ? null : Math.round(byPart.cpu * of.cpu + (byPart.gib * of.memoryMib) / 1024);
}
