import { refusalText } from "../../../../src/contract/standing.ts";
import type { Fault } from "../../../../src/contract/terms.ts";

const EFFECTS: Readonly<Record<Fault["effect"], string>> = {
  none: "nothing was made",
  made: "something was made",
  unknown: "unclear whether something was made",
};

interface FaultTextProps {
  readonly fault: Fault;
  /** Null where it is not known. */
  readonly account: string | null;
}

/** What a cloud refused or failed at, in our words and in its own. */
export function FaultText({ fault, account }: FaultTextProps) {
  return (
    <div className="mt-1 rounded border border-bad/30 bg-bad-soft px-2 py-1 text-xs">
      <p className="text-bad break-words">
        <span aria-hidden="true">! </span>
        {refusalText(fault, account)}
      </p>
      <p className="text-ink">
        {fault.class} · {EFFECTS[fault.effect]} · reaches the {fault.scope} ·{" "}
        <span className="font-mono break-all">
          {fault.code}
          {fault.requestId !== null && ` · request ${fault.requestId}`}
        </span>
      </p>
    </div>
  );
}
