import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { namesApart } from "../../../../src/contract/machine-names.ts";
import type { Debt, DebtList } from "../../../../src/contract/operation.ts";
import { isUnknown, uncountedText, UNKNOWN_PRICE } from "../../../../src/contract/price.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { serverTime, useNow } from "../../clock.ts";
import { Money } from "../../components/money.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { DueTime, RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";

const HOUR_MS = 3_600_000;

export function DebtPage() {
  const { data, error, refetch, dataUpdatedAt, failureCount } = useQuery(queries.debt);
  return (
    <>
      <PageHeader title="Debt">
        Machines that should be gone and are not proven gone. Slipway goes on trying; until then they may cost money.
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={4} label="Loading debt" />}
      {data?.debts.length === 0 && (
        <EmptyState title="Nothing is owed">Every machine that should be gone is proven gone.</EmptyState>
      )}
      {data !== undefined && data.debts.length > 0 && (
        <div className="flex flex-col gap-3">
          <p className="rounded-lg border border-bad/40 bg-bad-soft px-3 py-2">
            <span aria-hidden="true" className="font-bold text-bad">
              !{" "}
            </span>
            <strong>{data.debts.length === 1 ? "1 machine" : `${data.debts.length} machines`}</strong>, together{" "}
            <Together list={data} at={dataUpdatedAt} />
          </p>
          <DebtTable debts={data.debts} at={dataUpdatedAt} />
        </div>
      )}
    </>
  );
}

function Together({ list: { cost, hourlyCost, unpriced }, at }: { list: DebtList; at: number }) {
  if (isUnknown({ dollars: hourlyCost, unpriced })) return <>at a {UNKNOWN_PRICE}</>;
  return (
    <>
      <Money dollars={hourlyCost} per="hour" />; so far{" "}
      <strong>
        <Owed cost={cost} hourly={hourlyCost} at={at} />
      </strong>
      {uncountedText(unpriced)}
    </>
  );
}

/** What a reply said, and what has come to it since. */
function Owed({ cost, hourly, at }: { cost: number; hourly: number; at: number }) {
  const now = useNow();
  return <Money dollars={cost + (hourly * Math.max(0, now - serverTime(at))) / HOUR_MS} />;
}

function Price({ debt: { cost, hourlyCost }, at }: { debt: Debt; at: number }) {
  if (cost === null || hourlyCost === null) return <span className="text-muted">{UNKNOWN_PRICE}</span>;
  return (
    <>
      <Owed cost={cost} hourly={hourlyCost} at={at} />
      <p className="text-xs text-muted">
        <Money dollars={hourlyCost} per="hour" />
      </p>
    </>
  );
}

function DebtTable({ debts, at }: { debts: readonly Debt[]; at: number }) {
  const mayRetry = useMayChange("debt");
  const names = namesOf(debts);
  return (
    <Table label="Debt" isStacked>
      <Head>
        <HeadCell>Machine</HeadCell>
        <HeadCell>Account</HeadCell>
        <HeadCell>Owed since</HeadCell>
        <HeadCell className="text-right">Cost</HeadCell>
        <HeadCell>Last proof</HeadCell>
        <HeadCell>Next try</HeadCell>
        {mayRetry && (
          <HeadCell>
            <span className="sr-only">Actions</span>
          </HeadCell>
        )}
      </Head>
      <tbody>
        {debts.map((debt) => (
          <Row key={debt.machine}>
            <Cell>
              {debt.deployment === null ? (
                <span className="font-medium">a stray, found by its labels</span>
              ) : (
                <Link to="/deployments/$id" params={{ id: debt.deployment }} className="link font-medium">
                  {debt.deploymentName ?? debt.deployment} / {debt.instance}
                </Link>
              )}
              <p className="font-mono text-xs text-muted">{debt.externalId ?? debt.machine}</p>
            </Cell>
            <Cell label="Account" className="whitespace-nowrap">
              {debt.account}
              <p className="text-xs text-muted">
                {debt.size} in {debt.realm}
              </p>
            </Cell>
            <Cell label="Owed since">
              <RelativeTime time={debt.since} />
            </Cell>
            <Cell label="Cost" className="text-right">
              <Price debt={debt} at={at} />
            </Cell>
            <Cell label="Last proof">
              <Proof debt={debt} />
            </Cell>
            <Cell label="Next try">
              <NextTry debt={debt} />
            </Cell>
            {mayRetry && (
              <Cell className="text-right">
                <Retry machine={debt.machine} name={names.get(debt.machine) ?? debt.machine} />
              </Cell>
            )}
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

/** What the cloud last showed of it. */
function Proof({ debt: { observed, observedAt, fault, reason } }: { debt: Debt }) {
  return (
    <>
      {observedAt === null ? (
        <span className="text-muted">never seen</span>
      ) : (
        <span className="whitespace-nowrap">
          {observed} <RelativeTime time={observedAt} />
        </span>
      )}
      <p
        className={`line-clamp-3 max-w-72 text-xs break-words ${fault === null ? "text-muted" : "text-bad"}`}
        title={fault === null ? reason : `${fault.class}, ${fault.code}: ${fault.text}`}
      >
        {reason}
      </p>
    </>
  );
}

function NextTry({ debt: { nextTryAt, call, failures } }: { debt: Debt }) {
  if (nextTryAt === null) return <span className="text-muted">–</span>;
  return (
    <>
      <DueTime time={nextTryAt} />
      <p className="text-xs whitespace-nowrap text-muted">
        {call}
        {failures > 0 && `, failed ${failures === 1 ? "once" : `${failures} times`}`}
      </p>
    </>
  );
}

/** By machine, apart within their deployment. */
function namesOf(debts: readonly Debt[]): ReadonlyMap<string, string> {
  const named = [...Map.groupBy(debts, ({ deployment }) => deployment).values()].map((of) =>
    namesApart(of.map(({ machine, instance }) => ({ id: machine, instance, attempt: null }))),
  );
  return new Map(named.flatMap((names) => [...names]));
}

function Retry({ machine, name }: { machine: string; name: string }) {
  const queryClient = useQueryClient();
  const retry = useMutation({
    mutationFn: () => api.retryDebt(machine),
    onSuccess: () => say("Trying again now", name),
    onError: (error) => say("It could not be asked for", failureFrom(error).message),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.debt.queryKey }),
  });
  return (
    <Button busy={retry.isPending} aria-label={`Retry now: ${name}`} onClick={() => retry.mutate()}>
      Retry now
    </Button>
  );
}
