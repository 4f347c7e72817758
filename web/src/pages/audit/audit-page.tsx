import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AuditEntry } from "../../../../src/contract/audit.ts";
import { failureFrom } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { useDebounced } from "../../components/debounced.ts";
import { Field, Input } from "../../components/field.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { NotForYou } from "../../layout/not-for-you.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";

const FIRST: readonly string[] = [];

export function AuditPage() {
  // Who changes users is an admin of all of it.
  if (!useMayChange("users")) return <NotForYou title="Audit log" what="sees who changed what" />;
  return <Audit />;
}

function Audit() {
  const [by, setBy] = useState("");
  const [cursors, setCursors] = useState(FIRST);
  const cursor = cursors.at(-1);
  const asked = useDebounced(by.trim());
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(
    queries.audit({ ...(asked === "" ? {} : { by: asked }), ...(cursor === undefined ? {} : { cursor }) }),
  );
  const older = data?.next ?? null;
  return (
    <>
      <PageHeader
        title="Audit log"
        actions={
          <>
            <a className={buttonClasses("plain")} href="/v1/export?table=audit&format=csv" download>
              As CSV
            </a>
            <a className={buttonClasses("plain")} href="/v1/export?table=audit&format=json" download>
              As JSON
            </a>
          </>
        }
      >
        What people and tokens changed, newest first: who, from where, and what was before. Secrets are in none of it.
      </PageHeader>
      <div className="mb-3 max-w-xs">
        <Field label="By" hint="Name of a user, or of a token that is nobody’s">
          {(described) => (
            <Input
              {...described}
              value={by}
              autoComplete="off"
              onChange={({ target }) => {
                setCursors(FIRST);
                setBy(target.value);
              }}
            />
          )}
        </Field>
      </div>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={6} label="Loading the audit log" />}
      {data?.entries.length === 0 && (
        <EmptyState title="Nothing">
          {asked === "" ? "Nobody has changed anything yet." : `${asked} has changed nothing.`}
        </EmptyState>
      )}
      {data !== undefined && data.entries.length > 0 && <Entries entries={data.entries} />}
      {(cursors.length > 0 || older !== null) && (
        <nav aria-label="Pages" className="mt-3 flex items-center justify-end gap-3">
          <span className="text-muted">Page {cursors.length + 1}</span>
          <Button disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            Newer
          </Button>
          <Button disabled={older === null} onClick={() => older !== null && setCursors([...cursors, older])}>
            Older
          </Button>
        </nav>
      )}
    </>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Table label="Audit log">
      <Head>
        <HeadCell>When</HeadCell>
        <HeadCell>Who</HeadCell>
        <HeadCell>What</HeadCell>
        <HeadCell className="hidden md:table-cell">Change</HeadCell>
      </Head>
      <tbody>
        {entries.map((entry) => (
          <Row key={entry.id}>
            <Cell className="text-muted">
              <RelativeTime time={entry.at} />
            </Cell>
            <Cell>
              <span className="font-medium">{entry.by}</span>
              <p className="text-xs text-muted">
                {viaText(entry)}
                {entry.address !== null && `, from ${entry.address}`}
              </p>
            </Cell>
            <Cell>
              {entry.kind} <span className="font-medium">{entry.subject}</span>
              <p className="font-mono text-xs break-all text-muted">{entry.request}</p>
            </Cell>
            <Cell className="hidden md:table-cell">
              <Change entry={entry} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function Change({ entry: { before, after } }: { entry: AuditEntry }) {
  const names = Object.keys(after ?? before ?? {});
  return (
    <>
      {before === null && <p className="text-muted">made</p>}
      {after === null && <p className="text-muted">gone</p>}
      <ul className="font-mono text-xs break-all">
        {names.map((name) => (
          <li key={name}>
            {name}: {before !== null && name in before && <del>{text(before[name])}</del>}{" "}
            {after !== null && <ins className="no-underline">{text(after[name])}</ins>}
          </li>
        ))}
      </ul>
    </>
  );
}

function viaText({ via, token }: AuditEntry): string {
  if (via === "sign_in") return "signing in";
  return via === "session" ? "at the page" : `token ${token ?? "that is not known"}`;
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
