// What would become of each instance, and what it costs.

import type { ReactNode } from "react";
import type { PlannedChange, UpdatePlan } from "../../../../src/contract/update.ts";
import { Badge, type Look } from "../../components/badge.tsx";
import { Money, MoneySum } from "../../components/money.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";

const LOOKS: Readonly<Record<PlannedChange["change"], Look>> = {
  keep: { tone: "neutral", symbol: "=", word: "Keep" },
  add: { tone: "good", symbol: "+", word: "Add" },
  replace: { tone: "warn", symbol: "⇄", word: "Replace" },
  remove: { tone: "bad", symbol: "−", word: "Remove" },
};

const COUNTED = { keep: "kept", add: "added", replace: "replaced", remove: "removed" } as const;

/** "3 kept, 1 added". */
export function countsText({ instances }: UpdatePlan): string {
  const byChange = Map.groupBy(instances, ({ change }) => change);
  return [...byChange].map(([change, of]) => `${of.length} ${COUNTED[change]}`).join(", ");
}

export function PlannedChanges({ instances }: Pick<UpdatePlan, "instances">) {
  return (
    <Table label="Changes" isStacked>
      <Head>
        <HeadCell>Instance</HeadCell>
        <HeadCell>Change</HeadCell>
        <HeadCell>Why</HeadCell>
        <HeadCell>Machine</HeadCell>
      </Head>
      <tbody>
        {instances.map(({ name, change, reasons, from, to, isRemovedFirst }) => (
          <Row key={name} className="align-top">
            <Cell className="align-top font-medium whitespace-nowrap">{name}</Cell>
            <Cell label="Change" className="align-top">
              <Badge look={LOOKS[change]} />
              {isRemovedFirst && <span className="block text-muted">removed first</span>}
            </Cell>
            <Cell label="Why" className="max-w-80 min-w-40 align-top text-muted wrap-anywhere">
              {reasons.join("; ")}
            </Cell>
            <Cell label="Machine" className="align-top">
              {from !== null && <PlaceText when="now" place={from} />}
              {to !== null && <PlaceText when="new" place={to} image={to.image} />}
              {to === null && isNew(change) && <span className="text-warn">no place for a new one</span>}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

/** Who makes room, and what that means for whoever uses it. */
export function RemovedFirst({ instances }: Pick<UpdatePlan, "instances">) {
  const names = instances.filter(({ isRemovedFirst }) => isRemovedFirst).map(({ name }) => name);
  if (names.length === 0) return null;
  const [its, is, it] =
    names.length === 1 ? ["its former machine", "is", "it"] : ["their former machines", "are", "they"];
  return (
    <p>
      <strong>Removed first: {names.join(", ")}.</strong> By the blueprint's order {its} {is} proven gone before{" "}
      {names.length === 1 ? "its new one is" : "their new ones are"} asked for: {it} {is} away meanwhile, and {is}{" "}
      launched anew where the update fails. What is on {names.length === 1 ? "its" : "their"} disks is gone either way.
    </p>
  );
}

const isNew = (change: PlannedChange["change"]): boolean => change === "add" || change === "replace";

interface PlaceTextProps {
  readonly when: "now" | "new";
  readonly place: NonNullable<PlannedChange["from"]>;
  readonly image?: string;
}

function PlaceText({ when, place: { size, realm, hourlyCost }, image }: PlaceTextProps) {
  return (
    <span className="block text-muted">
      {when}: <span className="text-ink">{size}</span> in {realm}
      {image !== undefined && <>, from {image}</>},{" "}
      {hourlyCost === null ? "price not known" : <Money dollars={hourlyCost} per="hour" />}
    </span>
  );
}

/** Now, at the most, and then. */
export function Bills({ plan: { now, later, most } }: { plan: UpdatePlan }) {
  return (
    <dl className="grid grid-cols-1 overflow-hidden rounded-lg border bg-surface sm:grid-cols-3">
      <Bill label="Now" note="all that is open now, debt and quarantine too">
        {now}
      </Bill>
      <Bill label="While it is updated" note="at the most">
        {most}
      </Bill>
      <Bill label="Then" note="its members, when what was before is gone">
        {later}
      </Bill>
    </dl>
  );
}

function Bill({ label, note, children: bill }: { label: string; note: string; children: UpdatePlan["later"] }) {
  const price: ReactNode =
    bill === null ? (
      <span className="font-normal text-muted">–</span>
    ) : (
      <MoneySum sum={{ dollars: bill.hourlyCost, unpriced: bill.unpriced }} per="hour" />
    );
  return (
    <div className="flex min-w-0 flex-col px-3 py-2 shadow-[1px_1px_0_var(--color-line)]">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="text-base font-medium">{price}</dd>
      <dd className="text-xs text-muted">{note}</dd>
    </div>
  );
}
