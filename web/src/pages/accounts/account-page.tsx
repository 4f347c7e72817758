import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { wherePairs } from "../../../../src/contract/where.ts";
import type { Account } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { CheckButton, EnableButton, useAccountChanged } from "./account-asks.tsx";
import { Health } from "./accounts-page.tsx";
import { Blocks } from "./blocks.tsx";
import { Calls } from "./calls.tsx";
import { ChangeAccessButton } from "./change-access.tsx";
import { limitText, NO_LIMIT } from "../pools/limit-text.ts";
import { LimitDialog } from "./limit-dialog.tsx";
import { Offers } from "./offers.tsx";
import { Usage } from "./usage.tsx";

export function AccountPage() {
  const { name } = useParams({ from: "/signed-in/accounts/$name" });
  const { data: account, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.account(name));
  const mayChange = useMayChange("accounts");
  const actions =
    account !== undefined && mayChange ? (
      <>
        <CheckButton account={account} />
        <ChangeAccessButton account={account} />
        <EnableButton account={account} />
        <RemoveButton account={account} />
      </>
    ) : undefined;
  return (
    <>
      <PageHeader title={name} actions={actions}>
        {account !== undefined && (
          <>
            Account at {account.provider}, added <RelativeTime time={account.createdAt} />
          </>
        )}
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && account === undefined && <Skeleton lines={6} label="Loading the account" />}
      {account !== undefined && <Shown account={account} />}
    </>
  );
}

function Shown({ account }: { account: Account }) {
  const { data: blocks } = useQuery(queries.blocks);
  const own = (blocks?.blocks ?? []).filter((block) => block.account === account.name);
  return (
    <div className="flex flex-col gap-6">
      {account.alert !== null && (
        <ErrorState error={{ title: "Nothing is concluded from its lists", message: account.alert }} />
      )}
      <div className="grid gap-3 md:grid-cols-3">
        <Card title="Health">
          <Health account={account} textClass="" />
        </Card>
        <Card title="Quota used">
          <Usage account={account} />
          {account.usageAt !== null && (
            <p className="text-xs text-muted">
              by anybody, as its cloud counted <RelativeTime time={account.usageAt} />, and held by launches since
            </p>
          )}
          <OwnLimit account={account} />
        </Card>
        <Card title="Calls and machines">
          <Calls account={account} />
          <p>
            {account.openMachines} {account.openMachines === 1 ? "machine" : "machines"} held now
          </p>
          <p>{account.pools.length === 0 ? "In no pool" : `In pool ${account.pools.join(", ")}`}</p>
        </Card>
      </div>
      <section className="flex flex-col gap-2">
        <h2>Blocks</h2>
        {own.length === 0 ? <p className="text-muted">Nothing of it is left alone now.</p> : <Blocks blocks={own} />}
      </section>
      <Offers account={account} />
      <Names account={account} />
    </div>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1.5 rounded-lg border bg-surface p-3">
      <h2 className="text-xs font-medium text-muted">{title}</h2>
      {children}
    </section>
  );
}

function OwnLimit({ account }: { account: Account }) {
  const [isOpen, setOpen] = useState(false);
  if (!useMayChange("accounts")) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)} className="link self-start text-xs">
        {limitText(account.limit) === NO_LIMIT ? "Set a limit of our own" : "Change our own limit"}
      </button>
      {isOpen && <AccountLimit account={account} onClose={() => setOpen(false)} />}
    </>
  );
}

function AccountLimit({ account: { name, limit }, onClose }: { account: Account; onClose: () => void }) {
  const changed = useAccountChanged(name);
  const change = useMutation({
    mutationFn: (wish: Account["limit"]) => api.changeAccount(name, { limit: wish }),
    onSuccess: () => {
      say(`The limit of account ${name} is set`);
      onClose();
    },
    onSettled: changed,
  });
  return (
    <LimitDialog of={`account ${name}`} limit={limit} change={change} onSubmit={change.mutate} onClose={onClose} />
  );
}

function RemoveButton({ account: { name } }: { account: Account }) {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const changed = useAccountChanged(name);
  const remove = useMutation({
    mutationFn: () => api.removeAccount(name),
    onSuccess: async () => {
      say(`Account ${name} is deleted`);
      await navigate({ to: "/accounts" });
      await changed();
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>Delete</Button>
      {isOpen && (
        <Confirm
          open
          onClose={() => setOpen(false)}
          title={`Delete account ${name}?`}
          confirm="Delete account"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
        >
          <p>Slipway forgets it and its credentials. One that ever held a machine stays, and can only be disabled.</p>
          {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
        </Confirm>
      )}
    </>
  );
}

function Names({ account: { settings, images, realms } }: { account: Account }) {
  const rows = [
    ...Object.entries(settings).flatMap(([name, value]) =>
      name === "where" ? [] : [["setting", name, String(value)] as const],
    ),
    ...wherePairs(settings["where"]).map(([name, value]) => ["where", name, value] as const),
    ...Object.entries(images).map(([name, value]) => ["image", name, value] as const),
    ...Object.entries(realms).map(([name, value]) => ["realm", name, value] as const),
  ];
  if (rows.length === 0) return null;
  return (
    <section className="flex flex-col gap-2">
      <h2>Settings and names</h2>
      <Table label="Settings and names">
        <Head>
          <HeadCell>Kind</HeadCell>
          <HeadCell>Name</HeadCell>
          <HeadCell>Value</HeadCell>
        </Head>
        <tbody>
          {rows.map(([kind, name, value]) => (
            <Row key={`${kind}/${name}`}>
              <Cell className="text-muted">{kind}</Cell>
              <Cell className="font-medium">{name}</Cell>
              <Cell className="font-mono text-xs break-all">{value}</Cell>
            </Row>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
