// How much of an account's quota is used: by anybody, as its cloud counts, and by launches here beside that.

import type { Account } from "../../../../src/contract/account.ts";
import { classes } from "../../components/classes.ts";

const gib = (mib: number): string => `${Math.round(mib / 102.4) / 10} GiB`;
const LABELS: ReadonlyMap<string, string> = new Map([
  ["instances", "machines"],
  ["memoryMib", "memory"],
]);

/** From here on it is worth a warning. */
const NEARLY_FULL = 0.9;

export function Usage({ account: { quotas, usageAt } }: { account: Account }) {
  if (usageAt === null) return <span className="text-muted">not read yet</span>;
  const limited = quotas.flatMap(({ realm, dimension, limit, used, held }) => {
    if (limit === null) return [];
    const name = LABELS.get(dimension) ?? dimension;
    const text = dimension === "memoryMib" ? gib : String;
    return [
      {
        key: `${realm ?? ""} ${dimension}`,
        label: realm === null ? name : `${name}, ${realm}`,
        text,
        limit,
        used: used + held,
      },
    ];
  });
  if (limited.length === 0) return <span className="text-muted">no limit</span>;
  return (
    <ul className="flex flex-col gap-0.5 text-xs">
      {limited.map(({ key, label, text, limit, used }) => {
        const share = limit === 0 ? 1 : Math.min(1, used / limit);
        return (
          <li key={key} className="grid grid-cols-[4rem_6.5rem_minmax(3rem,1fr)] items-center gap-1.5">
            <span className="text-muted">{label}</span>
            <span className="tabular-nums whitespace-nowrap">
              {text(used)}
              <span className="text-muted">{` of ${text(limit)}`}</span>
            </span>
            <span aria-hidden="true" className="h-1.5 overflow-hidden rounded-full bg-raised">
              <span
                className={classes("block h-full", share >= NEARLY_FULL ? "bg-warn" : "bg-info")}
                style={{ width: `${share * 100}%` }}
              />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
