// All machines that were ever asked for, as the ledger has them.

import type { Deployment } from "../../../../src/contract/deployment.ts";
import type { Event } from "../../../../src/contract/event.ts";
import { namesApart } from "../../../../src/contract/machine-names.ts";
import { UNKNOWN_PRICE } from "../../../../src/contract/price.ts";
import { Money } from "../../components/money.tsx";
import { Duration, RelativeTime } from "../../components/relative-time.tsx";
import { EmptyState } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { MachineBadge } from "../../state-badge.tsx";
import { EvidenceButton } from "./evidence.tsx";

export interface LedgerProps {
  readonly machines: Deployment["machines"];
  readonly events: readonly Event[];
  readonly gone: Deployment["kept"];
}

export function Ledger({ machines, events, gone }: LedgerProps) {
  if (gone.ledgerGoneAt !== null) {
    return <EmptyState title="Its attempts and machines are not kept any more, as the pool has it" />;
  }
  if (machines.length === 0) return <EmptyState title="No machine was asked for yet" />;
  const names = namesApart(machines);
  const told = gone.consolesGoneAt === null ? events : [];
  const kept = new Set(
    told.flatMap((event) => (event.kind === "evidence_kept" && event.bytes > 0 ? event.machine : [])),
  );
  return (
    <Table label="Machines of all attempts" isStacked>
      <Head>
        <HeadCell>Instance</HeadCell>
        <HeadCell>Attempt</HeadCell>
        <HeadCell>Account</HeadCell>
        <HeadCell>State</HeadCell>
        <HeadCell>Asked</HeadCell>
        <HeadCell>Lived</HeadCell>
        <HeadCell className="text-right">Cost</HeadCell>
        <HeadCell>Id at the cloud</HeadCell>
        <HeadCell>Kept</HeadCell>
      </Head>
      <tbody>
        {machines.map((machine) => (
          <Row key={machine.id}>
            <Cell className="font-medium whitespace-nowrap">{machine.instance ?? "–"}</Cell>
            <Cell label="Attempt">{machine.attempt}</Cell>
            <Cell label="Account" className="whitespace-nowrap">
              {machine.account} <span className="text-muted">{machine.realm}</span>
            </Cell>
            <Cell label="State" className="whitespace-nowrap">
              <MachineBadge state={machine.state} />
              {machine.debtSince !== null && machine.open && <span className="ml-1 font-medium text-bad">! debt</span>}
              {machine.quarantinedUntil !== null && <span className="ml-1 font-medium text-warn">◷ quarantine</span>}
            </Cell>
            <Cell label="Asked">
              <RelativeTime time={machine.askedAt} />
            </Cell>
            <Cell label="Lived">
              {machine.madeAt === null ? "–" : <Duration from={machine.madeAt} to={machine.closedAt} />}
            </Cell>
            <Cell label="Cost" className="text-right">
              {machine.cost === null ? UNKNOWN_PRICE : <Money dollars={machine.cost} />}
            </Cell>
            <Cell label="Id" className="font-mono text-xs whitespace-nowrap">
              {machine.externalId ?? "–"}
            </Cell>
            <Cell>
              {kept.has(machine.id) && (
                <EvidenceButton machine={machine.id} name={names.get(machine.id) ?? machine.id} />
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
