import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Group, User } from "../../../../src/contract/access.ts";
import { failureFrom } from "../../api.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { NotForYou } from "../../layout/not-for-you.tsx";
import { grantsText, useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { limitText, nearText } from "../pools/limit-text.ts";
import { GroupForm } from "./group-form.tsx";
import { RemoveGroup, RemoveUser } from "./remove.tsx";
import { UserForm } from "./user-form.tsx";
import { UserQuota } from "./user-quota.tsx";

export function PeoplePage() {
  if (!useMayChange("users")) return <NotForYou title="People" what="sees and changes users and groups" />;
  return (
    <div className="flex flex-col gap-8">
      <Users />
      <Groups />
    </div>
  );
}

const OUT = { tone: "neutral", symbol: "–", word: "Locked out" } as const;
const NEAR = { tone: "warn", symbol: "◔" } as const;

/** What is asked about somebody: changed, their quota, or removed. */
type Asking = { readonly what: "change" | "quota" | "remove"; readonly user: User } | { readonly what: "add" };

function Users() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.users);
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = (): void => setAsking(null);
  return (
    <section>
      <PageHeader
        title="People"
        actions={
          <Button kind="primary" onClick={() => setAsking({ what: "add" })}>
            New user
          </Button>
        }
      >
        Who uses the server, and what each may do. What they come in with are tokens of theirs, or a sign-in with a
        provider of identities.
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={4} label="Loading users" />}
      {data?.users.length === 0 && (
        <EmptyState title="No users">Whoever comes in does so with the token of a program.</EmptyState>
      )}
      {data !== undefined && data.users.length > 0 && <UserTable users={data.users} onAsk={setAsking} />}
      {asking?.what === "add" && <UserForm user={null} onClose={close} />}
      {asking?.what === "change" && <UserForm user={asking.user} onClose={close} />}
      {asking?.what === "quota" && <UserQuota user={asking.user} onClose={close} />}
      {asking?.what === "remove" && <RemoveUser name={asking.user.name} onClose={close} />}
    </section>
  );
}

function UserTable({ users, onAsk }: { users: readonly User[]; onAsk: (asking: Asking) => void }) {
  return (
    <Table label="Users" isStacked>
      <Head>
        <HeadCell>Name</HeadCell>
        <HeadCell>May</HeadCell>
        <HeadCell>Groups</HeadCell>
        <HeadCell>Limit</HeadCell>
        <HeadCell>
          <span className="sr-only">Actions</span>
        </HeadCell>
      </Head>
      <tbody>
        {users.map((user) => (
          <Row key={user.name}>
            <Cell label="Name" className="font-medium">
              {user.name}
              {user.provider !== null && (
                <span className="block text-xs font-normal text-muted">by {user.provider}</span>
              )}
            </Cell>
            <Cell label="May" className="text-muted">
              {user.enabled ? grantsText(user.grants) || "what their groups may" : <Badge look={OUT} />}
            </Cell>
            <Cell label="Groups" className="text-muted">
              {[...user.groups, ...user.claims].join(", ") || "–"}
            </Cell>
            <Cell label="Limit" className="text-muted">
              <span className="flex flex-wrap gap-x-2 gap-y-1">
                {limitText(user.limit)}
                {user.near.length > 0 && <Badge look={{ ...NEAR, word: nearText(user.near) }} />}
              </span>
            </Cell>
            <Cell className="text-right">
              <span className="inline-flex flex-wrap justify-end">
                <Button
                  kind="quiet"
                  aria-label={`Change user ${user.name}`}
                  onClick={() => onAsk({ what: "change", user })}
                >
                  Change…
                </Button>
                <Button
                  kind="quiet"
                  aria-label={`Limit of user ${user.name}`}
                  onClick={() => onAsk({ what: "quota", user })}
                >
                  Limit…
                </Button>
                <Button
                  kind="quiet"
                  aria-label={`Remove user ${user.name}`}
                  onClick={() => onAsk({ what: "remove", user })}
                >
                  Remove…
                </Button>
              </span>
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function Groups() {
  const { data, error, refetch } = useQuery(queries.groups);
  const [changing, setChanging] = useState<Group | "new" | null>(null);
  const [removing, setRemoving] = useState<Group | null>(null);
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2>Groups</h2>
        <Button className="ml-auto" onClick={() => setChanging("new")}>
          New group
        </Button>
      </div>
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {data?.groups.length === 0 && (
        <EmptyState title="No groups">A group gives all that are in it the same roles.</EmptyState>
      )}
      {data !== undefined && data.groups.length > 0 && (
        <Table label="Groups" isStacked>
          <Head>
            <HeadCell>Name</HeadCell>
            <HeadCell>Its users may</HeadCell>
            <HeadCell>At the provider</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </Head>
          <tbody>
            {data.groups.map((group) => (
              <Row key={group.name}>
                <Cell label="Name" className="font-medium">
                  {group.name}
                </Cell>
                <Cell label="Its users may" className="text-muted">
                  {grantsText(group.grants) || "nothing"}
                </Cell>
                <Cell label="At the provider" className="text-muted">
                  {group.claim ?? "–"}
                </Cell>
                <Cell className="text-right">
                  <Button kind="quiet" aria-label={`Change group ${group.name}`} onClick={() => setChanging(group)}>
                    Change…
                  </Button>
                  <Button kind="quiet" aria-label={`Remove group ${group.name}`} onClick={() => setRemoving(group)}>
                    Remove…
                  </Button>
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
      {changing !== null && (
        <GroupForm group={changing === "new" ? null : changing} onClose={() => setChanging(null)} />
      )}
      {removing !== null && <RemoveGroup name={removing.name} onClose={() => setRemoving(null)} />}
    </section>
  );
}
