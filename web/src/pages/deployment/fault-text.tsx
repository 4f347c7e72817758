import type { Fault } from "../../../../src/contract/terms.ts";

const EFFECTS: Readonly<Record<Fault["effect"], string>> = {
  none: "nothing was made",
  made: "something was made",
  unknown: "unclear whether something was made",
};

/** What a cloud refused or failed at, in its words and in ours. */
export function FaultText({ fault }: { fault: Fault }) {
  return (
    <div className="mt-1 rounded border border-bad/30 bg-bad-soft px-2 py-1 text-xs">
      <p className="text-bad break-words">
        <span aria-hidden="true">! </span>
        {fault.text}
      </p>
      {fault.class === "quota" && (
        <p className="text-ink">It is the cloud’s own quota of this account, raised by its operator.</p>
      )}
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
