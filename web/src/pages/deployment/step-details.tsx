// One step in full: its sentence and all that it carries.

import type { Event } from "../../../../src/contract/event.ts";
import { exactText } from "../../components/relative-time.tsx";
import { EvidenceButton } from "./evidence.tsx";
import { FaultText } from "./fault-text.tsx";

const KNOWN = new Set(["no", "at", "text", "kind", "fault", "refused"]);

export function StepDetails({ step, onClose }: { step: Event; onClose: () => void }) {
  const fields = Object.entries(step).filter(([name, value]) => !KNOWN.has(name) && value !== null);
  const fault = "fault" in step ? step.fault : null;
  return (
    <div className="relative rounded-lg border bg-surface px-3 py-2">
      <button
        type="button"
        aria-label="Close the step"
        onClick={onClose}
        className="absolute top-1 right-1 size-7 rounded text-muted hover:bg-raised hover:text-ink"
      >
        ✕
      </button>
      <p className="pr-8 break-words">
        <span className="text-muted">#{step.no}</span> {step.text}
      </p>
      <dl className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
        <div className="flex gap-1">
          <dt className="text-muted">at</dt>
          <dd>{exactText(step.at)}</dd>
        </div>
        <div className="flex gap-1">
          <dt className="text-muted">kind</dt>
          <dd className="font-mono">{step.kind}</dd>
        </div>
        {fields.map(([name, value]) => (
          <div key={name} className="flex gap-1">
            <dt className="text-muted">{name}</dt>
            <dd className="font-mono break-all">{String(value)}</dd>
          </div>
        ))}
      </dl>
      {fault !== null && <FaultText fault={fault} account={"account" in step ? step.account : null} />}
      {step.kind === "evidence_kept" && step.bytes > 0 && (
        <EvidenceButton machine={step.machine} name={step.instance} />
      )}
    </div>
  );
}
