import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { TokenList } from "../../../../src/contract/access.ts";
import { api, failureFrom } from "../../api.ts";
import { Badge, type Look } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { NotForYou } from "../../layout/not-for-you.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { AddToken } from "./add-token.tsx";

type Token = TokenList["tokens"][number];

const ROLE_LOOKS: Readonly<Record<Token["role"], Look>> = {
  viewer: { tone: "neutral", symbol: "○", word: "viewer" },
  launcher: { tone: "info", symbol: "◔", word: "launcher" },
  operator: { tone: "info", symbol: "◐", word: "operator" },
  admin: { tone: "warn", symbol: "●", word: "admin" },
};

export function TokensPage() {
  if (!useMayChange("tokens")) return <NotForYou title="Tokens" what="sees and makes tokens" />;
  return <Tokens />;
}

function Tokens() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.tokens);
  const own = useQuery(queries.about).data?.token.name;
  const [isAdding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Token | null>(null);
  return (
    <>
      <PageHeader
        title="Tokens"
        actions={
          <Button kind="primary" onClick={() => setAdding(true)}>
            New token
          </Button>
        }
      >
        Each person and each program has one of its own, so that every launch says who asked for it.
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={4} label="Loading tokens" />}
      {data !== undefined && (
        <Table label="Tokens">
          <Head>
            <HeadCell>Name</HeadCell>
            <HeadCell>Role</HeadCell>
            <HeadCell>Owner</HeadCell>
            <HeadCell className="hidden sm:table-cell">Made</HeadCell>
            <HeadCell className="hidden sm:table-cell">Last used</HeadCell>
            <HeadCell>Ends</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </Head>
          <tbody>
            {data.tokens.map((token) => (
              <Row key={token.name}>
                <Cell className="font-medium">
                  {token.name}
                  {token.name === own && <span className="font-normal text-muted"> · you</span>}
                </Cell>
                <Cell>
                  {token.owner !== null && <span className="text-muted">at most </span>}
                  <Badge look={ROLE_LOOKS[token.role]} />
                  {token.pool !== null && <span className="text-muted"> in {token.pool}</span>}
                </Cell>
                <Cell className="text-muted">{token.owner ?? "a program"}</Cell>
                <Cell className="hidden text-muted sm:table-cell">
                  <RelativeTime time={token.createdAt} />
                </Cell>
                <Cell className="hidden text-muted sm:table-cell">
                  {token.lastUsedAt === null ? "never" : <RelativeTime time={token.lastUsedAt} />}
                </Cell>
                <Cell className="text-muted">
                  {token.expiresAt === null ? "never" : <RelativeTime time={token.expiresAt} />}
                </Cell>
                <Cell className="text-right">
                  <Button kind="quiet" aria-label={`Delete token ${token.name}`} onClick={() => setDeleting(token)}>
                    Delete…
                  </Button>
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
      {isAdding && <AddToken onClose={() => setAdding(false)} />}
      {deleting !== null && <Delete token={deleting} isOwn={deleting.name === own} onClose={() => setDeleting(null)} />}
    </>
  );
}

function Delete({ token: { name }, isOwn, onClose }: { token: Token; isOwn: boolean; onClose: () => void }) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.removeToken(name),
    onSuccess: async () => {
      say(`Deleted token ${name}`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.tokens.queryKey });
    },
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete token ${name}?`}
      confirm="Delete token"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <p>
        It counts no more from this moment on: programs that use it are refused, and pages signed in with it are signed
        out.
      </p>
      {isOwn && <p className="text-warn">You are signed in with this token; you will need another one.</p>}
      {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
    </Confirm>
  );
}
