// The details: graph and log, the ledger of machines, the parameters.

import { Suspense, useCallback, useMemo, useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { Button } from "../../components/button.tsx";
import { part } from "../../components/part.tsx";
import { classes } from "../../components/classes.ts";
import { EmptyState } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { groupsOf, UNFOLDED_MOST } from "./groups.ts";
import { Details } from "./instance-details.tsx";
import { InstanceList } from "./instance-list.tsx";
import { owedOf } from "./instance-look.ts";
import { Ledger } from "./ledger.tsx";
import { StepLog } from "./step-log.tsx";
import type { Watched } from "./use-deployment.ts";
import { bottlenecksOf } from "../../../../src/contract/waiting.ts";

const Graph = part(async () => (await import("./graph.tsx")).Graph);

export function Unfolded({ watched: { deployment, feed }, queryKey }: { watched: Watched; queryKey: string }) {
  const { instances, createdAt, eventNo, kept, machines, parameters } = deployment;
  const [selected, setSelected] = useState<string | null>(null);
  const [logOf, setLogOf] = useState<string | null>(null);
  const [tab, setTab] = useState("steps");
  const shape = instances.map(({ name }) => name).join();
  // oxlint-disable-next-line react/exhaustive-deps -- `shape` is all of the names; the instances are other objects with every step
  const names = useMemo(() => instances.map(({ name }) => name), [shape]);
  const showLog = useCallback((instance: string) => {
    setLogOf(instance);
    setTab("steps");
  }, []);
  return (
    <>
      <div className={classes("grid gap-3", selected !== null && "lg:grid-cols-[minmax(0,1fr)_22rem]")}>
        <Instances deployment={deployment} selected={selected} onSelect={setSelected} />
        {selected !== null && (
          <Details
            deployment={deployment}
            events={feed.events}
            queryKey={queryKey}
            selected={selected}
            onSelect={setSelected}
            onLog={showLog}
          />
        )}
      </div>
      <Tabs
        label="Details"
        value={tab}
        onChange={setTab}
        tabs={[
          {
            key: "steps",
            label: "Steps",
            content: (
              <>
                {kept.stepsFrom > 1 && (
                  <p className="mb-2 text-muted">
                    Steps 1 to {kept.stepsFrom - 1} are not kept any more, as the pool has it.
                  </p>
                )}
                {kept.stepsFrom <= eventNo && (
                  <StepLog feed={feed} from={createdAt} instances={names} instance={logOf} onInstance={setLogOf} />
                )}
              </>
            ),
          },
          {
            key: "machines",
            label: `Machines (${machines.length})`,
            content: <Ledger machines={machines} events={feed.events} gone={kept} />,
          },
          { key: "parameters", label: "Parameters", content: <Parameters parameters={parameters} /> },
        ]}
      />
    </>
  );
}

interface InstancesProps {
  readonly deployment: Deployment;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

function Instances({ deployment, selected, onSelect }: InstancesProps) {
  const { instances } = deployment;
  const [isFolded, setFolded] = useState(instances.length > UNFOLDED_MOST);
  const [isList, setList] = useState(false);
  const canFold = groupsOf(instances).size < instances.length;
  const bottlenecks = useMemo(() => bottlenecksOf(deployment), [deployment]);
  const owed = useMemo(() => owedOf(deployment), [deployment]);
  return (
    <section aria-label="Instances" className="flex min-w-0 flex-col gap-2">
      <div className="flex items-center gap-2">
        <h2>Instances</h2>
        <div className="ml-auto flex gap-1">
          {canFold && !isList && (
            <Button kind="quiet" aria-pressed={isFolded} onClick={() => setFolded(!isFolded)}>
              {isFolded ? "Show each instance" : "Fold groups"}
            </Button>
          )}
          <Button kind="quiet" onClick={() => setList(!isList)}>
            {isList ? "As a graph" : "As a list"}
          </Button>
        </div>
      </div>
      {isList ? (
        <InstanceList deployment={deployment} bottlenecks={bottlenecks} selected={selected} onSelect={onSelect} />
      ) : (
        <Suspense fallback={<div aria-hidden="true" className="h-56 animate-pulse rounded-lg bg-raised" />}>
          <Graph
            instances={instances}
            owed={owed}
            bottlenecks={bottlenecks}
            isFolded={isFolded}
            selected={selected}
            onSelect={onSelect}
          />
        </Suspense>
      )}
    </section>
  );
}

function Parameters({ parameters }: Pick<Deployment, "parameters">) {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return <EmptyState title="The blueprint has no parameters" />;
  return (
    <Table label="Parameters">
      <Head>
        <HeadCell>Name</HeadCell>
        <HeadCell>Value</HeadCell>
      </Head>
      <tbody>
        {entries.map(([name, value]) => (
          <Row key={name}>
            <Cell className="font-medium">{name}</Cell>
            <Cell className="font-mono text-xs break-all">
              {value === null ? <span className="font-sans text-muted">•••••• secret</span> : String(value)}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
