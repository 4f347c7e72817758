// What machines cost, where the cloud does not tell and the account does: by size, else by processor and GiB.

import { accountFormFault, type FormField, linesIn } from "./account-form.ts";

const MOST = 1_000_000;

const price = { of: "setting", kind: "amount", least: 0, most: MOST, isRequired: false, default: null } as const;

/** Fields of an account's form, but for what the cloud calls its sizes. */
export const PRICES = { name: "prices", of: "setting", kind: "lines", isRequired: false, default: null } as const;

export const PRICE_PER_CPU = { ...price, name: "hourlyPricePerCpu" } as const;

export const PRICE_PER_GIB = {
  ...price,
  name: "hourlyPricePerGib",
  label: "Price of memory",
  help: "Dollars per GiB and hour, together with that of a processor.",
  example: "0.005",
} as const satisfies FormField;

export interface Prices {
  /** Millionths of a dollar per hour, by size. */
  readonly bySize: ReadonlyMap<string, number>;
  /** Null: not told. */
  readonly byPart: { readonly cpu: number; readonly gib: number } | null;
}

const LINE = /^(?<size>\S.*?)\s*[=:]\s*(?<dollars>\d+(?:\.\d+)?)$/;

interface Given {
  /** A size a line: its name, an equals sign, dollars per hour. */
  readonly prices: string | null;
  readonly hourlyPricePerCpu: number | null;
  readonly hourlyPricePerGib: number | null;
}

/** `example`: a line of `prices`. Throws a ProviderFault that names the field. */
export function readPrices(values: Given, example: string): Prices {
  const { hourlyPricePerCpu: cpu, hourlyPricePerGib: gib } = values;
  if ((cpu === null) !== (gib === null)) {
    const missing = cpu === null ? "hourlyPricePerCpu" : "hourlyPricePerGib";
    throw accountFormFault(missing, "is missing: a price by parts needs both that of a processor and that of memory");
  }
  const byPart = cpu === null || gib === null ? null : { cpu: micros(cpu), gib: micros(gib) };
  return { bySize: readList(values.prices ?? "", example), byPart };
}

function readList(text: string, example: string): ReadonlyMap<string, number> {
  const prices = new Map<string, number>();
  for (const { line, no } of linesIn(text)) {
    const { size, dollars } = LINE.exec(line)?.groups ?? {};
    if (size === undefined || dollars === undefined || Number(dollars) > MOST) {
      throw accountFormFault("prices", `line ${no} must look like ${example}`);
    }
    if (prices.has(size)) throw accountFormFault("prices", `line ${no} tells the price of ${size} again`);
    prices.set(size, micros(Number(dollars)));
  }
  return prices;
}

const micros = (dollars: number): number => Math.round(dollars * 1_000_000);

/** Null: nobody knows. */
export function priceOf(
  { bySize, byPart }: Prices,
  of: { readonly name: string; readonly cpu: number; readonly memoryMib: number },
): number | null {
  const told = bySize.get(of.name);
  if (told !== undefined) return told;
  return byPart === null ? null : Math.round(byPart.cpu * of.cpu + (byPart.gib * of.memoryMib) / 1024);
}
