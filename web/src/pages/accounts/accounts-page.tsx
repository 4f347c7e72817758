import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Account } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { HealthBadge } from "../../state-badge.tsx";
import { CheckButton, EnableButton } from "./account-asks.tsx";
import { AddAccount } from "./add-account.tsx";
import { Blocks } from "./blocks.tsx";
import { Calls } from "./calls.tsx";
import { Usage } from "./usage.tsx";

export function AccountsPage() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.accounts);
  const { data: blocks } = useQuery(queries.blocks);
  const [isAdding, setAdding] = useState(false);
  const add = useMayChange("accounts") ? (
    <Button kind="primary" onClick={() => setAdding(true)}>
      Add account
    </Button>
  ) : undefined;
  return (
    <>
      <PageHeader title="Accounts" actions={add}>
        Where machines are made: each is one account at one cloud.
      </PageHeader>
      <div className="flex flex-col gap-6">
        <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
        {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Skeleton lines={5} label="Loading accounts" />}
        {data?.accounts.length === 0 && (
          <EmptyState title="No account yet" action={add}>
            A launch needs an account at a cloud. With two, it can move to the second when the first refuses.
          </EmptyState>
        )}
        {data !== undefined && data.accounts.length > 0 && <AccountTable accounts={data.accounts} />}
        {blocks !== undefined && blocks.blocks.length > 0 && (
          <section aria-labelledby="blocks" className="flex flex-col gap-2">
            <h2 id="blocks">Blocks</h2>
            <p className="text-muted">
              What a cloud refused for lack of room or quota is left alone for a while; the pause doubles with each
              refusal in a row.
            </p>
            <Blocks blocks={blocks.blocks} />
          </section>
        )}
      </div>
      {isAdding && <AddAccount onClose={() => setAdding(false)} />}
    </>
  );
}

function AccountTable({ accounts }: { accounts: readonly Account[] }) {
  return (
    <Table label="Accounts" isStacked>
      <Head>
        <HeadCell>Account</HeadCell>
        <HeadCell>Health</HeadCell>
        <HeadCell>Quota used</HeadCell>
        <HeadCell className="text-right">Machines</HeadCell>
        <HeadCell>Calls</HeadCell>
        <HeadCell>Pools</HeadCell>
        <HeadCell>
          <span className="sr-only">Actions</span>
        </HeadCell>
      </Head>
      <tbody>
        {accounts.map((account) => (
          <Row key={account.id}>
            <Cell>
              <Link to="/accounts/$name" params={{ name: account.name }} className="link font-medium">
                {account.name}
              </Link>
              <p className="text-xs text-muted">{account.provider}</p>
            </Cell>
            <Cell label="Health" className="max-w-64">
              <Health account={account} textClass="line-clamp-2" />
            </Cell>
            <Cell label="Quota used">
              <Usage account={account} />
            </Cell>
            <Cell label="Machines" className="text-right tabular-nums">
              {account.openMachines}
            </Cell>
            <Cell label="Calls">
              <Calls account={account} />
            </Cell>
            <Cell label="Pools">
              {account.pools.length === 0 ? <span className="text-muted">none</span> : account.pools.join(", ")}
            </Cell>
            <Cell>
              <AccountActions account={account} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function AccountActions({ account }: { account: Account }) {
  if (!useMayChange("accounts")) return null;
  return (
    <div className="flex gap-1.5 sm:justify-end">
      <CheckButton account={account} />
      <EnableButton account={account} />
    </div>
  );
}

interface HealthProps {
  readonly account: Account;
  /** Of what its cloud says, which may be long. */
  readonly textClass: string;
}

export function Health({ account: { health, healthText, healthAt, enabled, alert }, textClass }: HealthProps) {
  return (
    <div className="flex flex-col items-start gap-0.5">
      <span className="flex gap-1">
        {enabled ? (
          <HealthBadge health={health} />
        ) : (
          <Badge look={{ tone: "neutral", symbol: "–", word: "Disabled" }} />
        )}
        {alert !== null && <Badge look={{ tone: "bad", symbol: "!", word: "Alert" }} title={alert} />}
      </span>
      {healthText !== null && (
        <p title={healthText} className={`text-xs break-words text-bad ${textClass}`}>
          {healthText}
        </p>
      )}
      {healthAt !== null && (
        <p className="text-xs text-muted">
          checked <RelativeTime time={healthAt} />
        </p>
      )}
    </div>
  );
}
