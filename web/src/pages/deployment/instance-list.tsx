// The instances as a table: for those who read rather than look, and for narrow screens.

import type { Deployment, Instance, Machine } from "../../../../src/contract/deployment.ts";
import { missedText } from "../../../../src/contract/live-text.ts";
import { refusalText } from "../../../../src/contract/standing.ts";
import type { Fault } from "../../../../src/contract/terms.ts";
import { Badge } from "../../components/badge.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { ClockText } from "./clock-text.tsx";
import { InstancePrice } from "./instance-price.tsx";
import { instanceLook, owedOf } from "./instance-look.ts";
import { stepWord } from "../../../../src/contract/step.ts";

export interface InstanceListProps {
  readonly deployment: Deployment;
  readonly bottlenecks: ReadonlySet<string>;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

export function InstanceList({
  deployment: { instances, machines },
  bottlenecks,
  selected,
  onSelect,
}: InstanceListProps) {
  const owed = owedOf({ instances, machines });
  return (
    <Table label="List of instances" isStacked>
      <Head>
        <HeadCell>Instance</HeadCell>
        <HeadCell>State</HeadCell>
        <HeadCell>Step</HeadCell>
        <HeadCell>Address</HeadCell>
        <HeadCell>Size</HeadCell>
        <HeadCell className="text-right">Price</HeadCell>
      </Head>
      <tbody>
        {instances.map((instance) => {
          const machine = machines.find(({ id }) => id === instance.machine);
          return (
            <Row key={instance.name} className={selected === instance.name ? "bg-info-soft" : undefined}>
              <Cell>
                <button
                  type="button"
                  aria-pressed={selected === instance.name}
                  onClick={() => onSelect(instance.name)}
                  className="link font-medium whitespace-nowrap"
                >
                  {instance.name}
                </button>
                {bottlenecks.has(instance.name) && (
                  <span className="ml-2 rounded bg-accent px-1.5 text-2xs leading-4 font-semibold whitespace-nowrap text-on-accent">
                    waited for
                  </span>
                )}
              </Cell>
              <Cell label="State">
                <Badge look={instanceLook(instance, owed)} />
              </Cell>
              <Cell label="Step" className="max-w-72 min-w-36 text-muted">
                <StepText instance={instance} machine={machine} />
              </Cell>
              <Cell label="Address" className="font-mono text-xs">
                {instance.publicAddress ?? instance.privateAddress ?? ""}
              </Cell>
              <Cell label="Size">
                <SizeText instance={instance} />
              </Cell>
              <Cell label="Price" className="text-right">
                <InstancePrice instance={instance} machine={machine} />
              </Cell>
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}

/** What it is about, else what is wrong with it. */
function StepText({ instance, machine }: { instance: Instance; machine: Machine | undefined }) {
  if (instance.step !== null && instance.stepSince !== null) {
    return (
      <>
        {stepWord(instance, machine)} <ClockText since={instance.stepSince} />
        {instance.probeAnswer !== null && <span className="block text-xs">last answer: {instance.probeAnswer}</span>}
      </>
    );
  }
  const trouble = troubleOf(instance, machine);
  if (trouble !== null) return <span className="line-clamp-3 text-bad wrap-anywhere">{trouble}</span>;
  return instance.reboot !== null && "Being rebooted";
}

/** Of what is owed why it does not go, else why it failed. */
function troubleOf({ state, fault, account, live }: Instance, machine: Machine | undefined): string | null {
  const told = (one: Fault | null, at: string | null) => (one === null ? null : refusalText(one, at));
  if (machine !== undefined && machine.debtSince !== null && machine.open) return told(machine.fault, machine.account);
  if (live !== null && live.missed > 0) return missedText(live);
  return state === "running" ? null : told(fault, account);
}

function SizeText({ instance: { size, profile, instead } }: { instance: Instance }) {
  if (size === null) return <span className="text-muted">{profile.name}</span>;
  return (
    <>
      {size}
      {instead !== null && <span className="block text-xs text-warn">instead of {instead.size}</span>}
    </>
  );
}
