import { Link } from "@tanstack/react-router";
import type { DeploymentSummary } from "../../../../src/contract/deployment.ts";
import { Badge } from "../../components/badge.tsx";
import { DueTime, Duration, RelativeTime, TimeLeft } from "../../components/relative-time.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { DeploymentBadge } from "../../state-badge.tsx";

export interface DeploymentTableProps {
  readonly deployments: readonly DeploymentSummary[];
  readonly selected: ReadonlySet<string>;
  /** Null for those who may ask nothing of any. */
  readonly onSelect: ((selected: ReadonlySet<string>) => void) | null;
}

const WIDE = "hidden lg:table-cell";
const MIDDLE = "hidden sm:table-cell";

export function DeploymentTable({ deployments, selected, onSelect }: DeploymentTableProps) {
  const choosable = deployments.filter(({ actions }) => actions.length > 0);
  const isAll = choosable.length > 0 && choosable.every(({ id }) => selected.has(id));
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect?.(next);
  };
  return (
    <Table label="Deployments">
      <Head>
        {onSelect !== null && (
          <HeadCell className="w-8 pr-0">
            <input
              type="checkbox"
              aria-label="Select all on this page"
              className="block"
              checked={isAll}
              disabled={choosable.length === 0}
              onChange={() => onSelect(new Set(isAll ? [] : choosable.map(({ id }) => id)))}
            />
          </HeadCell>
        )}
        <HeadCell>Name</HeadCell>
        <HeadCell>State</HeadCell>
        <HeadCell className={`${MIDDLE} text-right`}>Ready</HeadCell>
        <HeadCell className={MIDDLE}>Account</HeadCell>
        <HeadCell className={WIDE}>Pool</HeadCell>
        <HeadCell className={`${WIDE} text-right`}>Launch took</HeadCell>
        <HeadCell className={WIDE}>By</HeadCell>
        <HeadCell className={`${MIDDLE} text-right`}>Launched</HeadCell>
      </Head>
      <tbody>
        {deployments.map((deployment) => (
          <Line
            key={deployment.id}
            deployment={deployment}
            isSelected={selected.has(deployment.id)}
            onToggle={onSelect === null ? null : () => toggle(deployment.id)}
          />
        ))}
      </tbody>
    </Table>
  );
}

interface LineProps {
  readonly deployment: DeploymentSummary;
  readonly isSelected: boolean;
  readonly onToggle: (() => void) | null;
}

function Line({ deployment, isSelected, onToggle }: LineProps) {
  const { readyCount, instanceCount } = deployment;
  const { id, name, blueprint, account, attempt, pool, createdAt, createdBy, actions, parked } = deployment;
  return (
    <Row className={isSelected ? "bg-info-soft/50" : undefined}>
      {onToggle !== null && (
        <Cell className="w-8 pr-0">
          <input
            type="checkbox"
            aria-label={`Select ${name}`}
            className="block"
            checked={isSelected}
            disabled={actions.length === 0}
            onChange={onToggle}
          />
        </Cell>
      )}
      <Cell className="w-[55%] max-w-0 min-w-24 sm:min-w-40 sm:w-[30%]">
        <Link to="/deployments/$id" params={{ id }} className="link block truncate font-medium">
          {name}
        </Link>
        <p className="truncate text-xs text-muted">
          <span className="max-sm:hidden">{blueprint === name ? id : `${blueprint} · ${id}`}</span>
          <span className="sm:hidden">
            {readyCount} / {instanceCount} · <RelativeTime time={createdAt} />
          </span>
        </p>
      </Cell>
      <Cell className="max-w-64">
        <span className="flex flex-wrap gap-1">
          <DeploymentBadge standing={deployment.standing} debts={deployment.debtCount} />
          {parked !== null && <Badge look={{ tone: "bad", symbol: "!", word: "Held up" }} />}
          {deployment.deletedAt !== null && <Badge look={{ tone: "neutral", symbol: "⌫", word: "Deleted" }} />}
        </span>
        <Notes deployment={deployment} />
      </Cell>
      <Cell className={`${MIDDLE} text-right tabular-nums whitespace-nowrap`}>
        {readyCount}
        <span className="text-muted"> / {instanceCount}</span>
      </Cell>
      <Cell className={`${MIDDLE} max-w-36`}>
        <span className="block truncate" title={account ?? undefined}>
          {account ?? <span className="text-muted">–</span>}
        </span>
        {attempt > 1 && <span className="block text-xs whitespace-nowrap text-muted">attempt {attempt}</span>}
      </Cell>
      <Cell className={`${WIDE} max-w-32 truncate`} title={pool}>
        {pool}
      </Cell>
      <Cell className={`${WIDE} text-right`}>
        {deployment.final && deployment.launchEndedAt === null ? (
          <span className="text-muted">–</span>
        ) : (
          <Duration from={createdAt} to={deployment.launchEndedAt} />
        )}
      </Cell>
      <Cell className={`${WIDE} max-w-32 truncate`} title={createdBy}>
        {createdBy}
      </Cell>
      <Cell className={`${MIDDLE} text-right text-muted`}>
        <RelativeTime time={createdAt} />
      </Cell>
    </Row>
  );
}

/** What it waits for, and why it stands as it does. */
function Notes({ deployment: { failure, standing, parked, seeksUntil } }: { readonly deployment: DeploymentSummary }) {
  return (
    <>
      {parked !== null && (
        <p title={parked.text} className="hidden truncate text-xs text-muted sm:block">
          Next try <DueTime time={parked.nextTryAt} />: {parked.text}
        </p>
      )}
      {seeksUntil !== null && (
        <p className="hidden truncate text-xs text-muted sm:block">
          Seeks another account, <TimeLeft until={seeksUntil} /> left
        </p>
      )}
      {failure !== null && standing !== "cancelled" && (
        <p title={failure} className="hidden truncate text-xs text-muted sm:block">
          {failure}
        </p>
      )}
    </>
  );
}
