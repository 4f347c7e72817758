import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { failureFrom } from "../../api.ts";
import { buttonClasses } from "../../components/button.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";

export function BlueprintsPage() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.blueprints);
  const launch = useMayChange("deployments") ? "Launch" : "Plan";
  const add = useMayChange("blueprints") ? (
    <Link to="/blueprints/new" className={buttonClasses("primary")}>
      New blueprint
    </Link>
  ) : undefined;
  return (
    <>
      <PageHeader title="Blueprints" actions={add} />
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={5} label="Loading blueprints" />}
      {data?.blueprints.length === 0 && (
        <EmptyState title="No blueprint is stored here yet" action={add}>
          A blueprint says which instances make up a deployment and which depend on which. Stored here, it has versions,
          and whoever may launch can do so by its name.
        </EmptyState>
      )}
      {data !== undefined && data.blueprints.length > 0 && (
        <Table label="Blueprints">
          <Head>
            <HeadCell>Name</HeadCell>
            <HeadCell className="text-right">Version</HeadCell>
            <HeadCell>Stored</HeadCell>
            <HeadCell className="hidden sm:table-cell">By</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </Head>
          <tbody>
            {data.blueprints.map(({ name, version, createdAt, createdBy }) => (
              <Row key={name}>
                <Cell>
                  <Link to="/blueprints/$name" params={{ name }} className="link font-medium">
                    {name}
                  </Link>
                </Cell>
                <Cell className="text-right tabular-nums">{version}</Cell>
                <Cell className="text-muted">
                  <RelativeTime time={createdAt} />
                </Cell>
                <Cell className="hidden sm:table-cell">{createdBy}</Cell>
                <Cell className="text-right">
                  <Link to="/launch" search={{ blueprint: name }} className="link" aria-label={`${launch} ${name}`}>
                    {launch}
                  </Link>
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}
