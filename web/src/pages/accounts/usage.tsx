// How much of an account's quota is used: by anybody, as its cloud counts.

import type { Account } from "../../../../src/contract/account.ts";
import { classes } from "../../components/classes.ts";

const KINDS = [
  { key: "instances", label: "machines", text: (amount: number) => String(amount) },
  { key: "cpu", label: "cpu", text: (amount: number) => String(amount) },
  { key: "memoryMib", label: "memory", text: (amount: number) => `${Math.round(amount / 102.4) / 10} GiB` },
] as const;

/** From here on it is worth a warning. */
const NEARLY_FULL = 0.9;

export function Usage({ account: { catalogue, limit: own } }: { account: Account }) {
  if (catalogue === null) return <span className="text-muted">not read yet</span>;
  const limited = KINDS.flatMap((kind) => {
    const limits = [catalogue.limit[kind.key], own[kind.key]].filter((limit) => limit !== null);
    return limits.length === 0 ? [] : [{ ...kind, limit: Math.min(...limits) }];
  });
  if (limited.length === 0) return <span className="text-muted">no limit</span>;
  return (
    <ul className="flex flex-col gap-0.5 text-xs">
      {limited.map(({ key, label, text, limit }) => {
        const used = catalogue.used[key];
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
