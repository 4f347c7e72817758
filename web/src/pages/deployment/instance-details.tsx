// What is known of one box of the graph: an instance with its machine, fault and deadline, or a group with its members.

import { durationText, moneyText } from "../../../../src/contract/amounts.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Deployment, Instance, Machine } from "../../../../src/contract/deployment.ts";
import type { Event } from "../../../../src/contract/event.ts";
import { rebootText } from "../../../../src/contract/reboot-text.ts";
import { liveText } from "../../../../src/contract/live-text.ts";
import { insteadText } from "../../../../src/contract/standing.ts";
import { api, failureFrom } from "../../api.ts";
import { Badge } from "../../components/badge.tsx";
import { Button, buttonClasses } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Duration, RelativeTime, timeOfDay } from "../../components/relative-time.tsx";
import { Reboot } from "./reboot.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { useNow } from "../../clock.ts";
import { EvidenceButton } from "./evidence.tsx";
import { FaultText } from "./fault-text.tsx";
import { InstancePrice } from "./instance-price.tsx";
import { instanceLook, owedOf } from "./instance-look.ts";
import { stepText } from "../../../../src/contract/waiting.ts";

export interface DetailsProps {
  readonly deployment: Deployment;
  readonly events: readonly Event[];
  readonly queryKey: string;
  /** Id of a box: an instance's name, or "group:" and a group's. */
  readonly selected: string;
  readonly onSelect: (id: string | null) => void;
  /** Null where there is no log to lead to. */
  readonly onLog: ((instance: string) => void) | null;
}

export function Details(props: DetailsProps) {
  const { deployment, selected, onSelect } = props;
  const instance = deployment.instances.find(({ name }) => name === selected);
  const members = deployment.instances.filter(({ group }) => `group:${group}` === selected);
  const title = instance?.name ?? selected.replace(/^group:/, "");
  return (
    <aside aria-label={`Details of ${title}`} className="flex min-w-0 flex-col gap-2 rounded-lg border bg-surface p-3">
      <div className="flex items-center gap-2">
        <h2 className="truncate">{title}</h2>
        {instance !== undefined && <Badge look={instanceLook(instance, owedOf(deployment))} />}
        <button
          type="button"
          aria-label="Close the details"
          onClick={() => onSelect(null)}
          className="ml-auto size-7 shrink-0 rounded text-muted hover:bg-raised hover:text-ink"
        >
          ✕
        </button>
      </div>
      {instance === undefined ? (
        <>
          <Members members={members} onSelect={onSelect} />
          <ScaleLink deployment={deployment} group={title} />
        </>
      ) : (
        <InstanceFacts {...props} instance={instance} />
      )}
    </aside>
  );
}

function Members({ members, onSelect }: { members: readonly Instance[]; onSelect: (id: string) => void }) {
  return (
    <ul className="flex max-h-96 flex-col overflow-y-auto">
      {members.map((instance) => (
        <li key={instance.name}>
          <button
            type="button"
            onClick={() => onSelect(instance.name)}
            className="flex w-full items-center gap-2 rounded px-1.5 py-1 text-left hover:bg-raised"
          >
            <span className="truncate">{instance.name}</span>
            <span className="ml-auto">
              <Badge look={instanceLook(instance)} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Addresses({ instance: { privateAddress, publicAddress } }: { instance: Instance }) {
  return (
    <>
      <Line label="Private">{address(privateAddress)}</Line>
      <Line label="Public">{address(publicAddress)}</Line>
    </>
  );
}

/** An update of one count. */
function ScaleLink({ deployment: { id, actions }, group }: Pick<DetailsProps, "deployment"> & { group: string }) {
  if (!actions.includes("update")) return null;
  return (
    <Link
      to="/deployments/$id/update"
      params={{ id }}
      search={{ scale: group }}
      className={buttonClasses("plain", "self-start")}
    >
      Scale {group}
    </Link>
  );
}

function InstanceFacts({
  deployment,
  events,
  queryKey,
  onLog,
  onSelect,
  instance,
}: DetailsProps & { instance: Instance }) {
  const { name, group, fault, machine: machineId } = instance;
  const own = deployment.machines.filter((machine) => machine.instance === name);
  const machine = own.find(({ id }) => id === machineId);
  const asked = own.filter(({ attempt }) => attempt === deployment.attempt).length;
  const isOneOfMany = deployment.instances.some((other) => other.group === group && other.name !== name);
  return (
    <>
      <StepLine instance={instance} machine={machine} />
      {fault !== null && <FaultText fault={fault} account={instance.account} />}
      <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-2 gap-y-1 text-xs">
        <Line label="State since">
          <RelativeTime time={instance.since} />
        </Line>
        {instance.runningAt !== null && (
          <Line label="Running">
            <RelativeTime time={instance.runningAt} />
          </Line>
        )}
        {instance.readyAt !== null && (
          <Line label="Ready">
            <RelativeTime time={instance.readyAt} />
          </Line>
        )}
        <Addresses instance={instance} />
        <Line label="Account">
          {instance.account === null ? "–" : `${instance.account} (${instance.realm ?? "realm not known yet"})`}
        </Line>
        <Line label="Size">
          <SizeText instance={instance} />
          <InsteadText instance={instance} />
        </Line>
        <Line label="Image">{instance.image}</Line>
        <Line label="Price">
          <InstancePrice instance={instance} machine={machine} />
        </Line>
        <Line label="Waits for">{instance.dependsOn.length === 0 ? "nothing" : instance.dependsOn.join(", ")}</Line>
        <Line label="Machine">
          <span className="font-mono break-all">{machineId ?? "–"}</span>
        </Line>
        {instance.externalId !== null && (
          <Line label="At the cloud">
            <span className="font-mono break-all">{instance.externalId}</span>
          </Line>
        )}
        <RepairLines instance={instance} />
        {asked > 1 && <Line label="Asked for">{asked} machines in this attempt</Line>}
      </dl>
      {deployment.kept.consolesGoneAt === null && <KeptOf machines={own} events={events} />}
      <div className="flex flex-wrap gap-2">
        <Requests id={deployment.id} instance={instance} queryKey={queryKey} />
        <ScaleLink deployment={deployment} group={group} />
        {onLog !== null && <Button onClick={() => onLog(name)}>Show its steps</Button>}
        {isOneOfMany && (
          <Button kind="quiet" onClick={() => onSelect(`group:${group}`)}>
            All of {group}
          </Button>
        )}
      </div>
    </>
  );
}

interface Asking {
  readonly id: string;
  readonly instance: Instance;
  readonly queryKey: string;
}

/** What the server lets be asked for now. */
function Requests({ id, instance, queryKey }: Asking) {
  const { name, retryable, rebootable, repairable } = instance;
  return (
    <>
      {retryable && <Retry id={id} name={name} queryKey={queryKey} />}
      {rebootable && <Reboot id={id} name={name} queryKey={queryKey} />}
      {repairable && <Repair id={id} instance={instance} queryKey={queryKey} />}
    </>
  );
}

function RepairLines({ instance }: { instance: Instance }) {
  const { repair, repairSince, outdated } = instance;
  const reboot = rebootText(instance, (time) => timeOfDay(Date.parse(time)));
  return (
    <>
      {reboot !== null && <Line label="Reboot">{reboot}</Line>}
      {repairSince !== null && (
        <Line label="Replaced">
          since <RelativeTime time={repairSince} />
        </Line>
      )}
      {instance.live !== null && <Line label="Live check">{liveText(instance.live)}</Line>}
      {repair.mode === "replace" && <Line label="Repair">{repairText(instance)}</Line>}
      {instance.protect && <Line label="Protected">once it has run, its machine is replaced only by hand</Line>}
      {outdated.length > 0 && (
        <Line label="Outdated">
          <span className="text-warn">its user data tells about the former machine of {outdated.join(", ")}</span>
        </Line>
      )}
    </>
  );
}

/** What becomes of it when it dies, as its blueprint says. */
function repairText({ repair: { tries, withinMs, cascade } }: Instance): string {
  const dependents = cascade ? ", and then those that were told its address" : "";
  return `by itself, ${tries === 1 ? "once" : `${tries} times`} within ${durationText(withinMs)}${dependents}`;
}

function SizeText({ instance: { size, profile } }: { instance: Instance }) {
  return (
    <>
      {size ?? "–"}{" "}
      <span className="text-muted">
        for {profile.name}: {profile.cpu} cpu, {profile.memoryMib} MiB
      </span>
    </>
  );
}

/** Why it may cost more than usual. */
function InsteadText({ instance }: { instance: Instance }) {
  const text = insteadText(instance, { money: moneyText, clockTime: timeOfDay });
  return text === null ? null : <span className="block text-warn">{text}</span>;
}

const address = (text: string | null): ReactNode =>
  text === null ? "–" : <span className="font-mono select-all">{text}</span>;

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** The step under way, and how much of its time is used up. */
function StepLine({ instance, machine }: { instance: Instance; machine: Machine | undefined }) {
  const now = useNow();
  const { step, stepSince, deadlineAt } = instance;
  if (step === null || stepSince === null) return null;
  const from = Date.parse(stepSince);
  const most = deadlineAt === null ? null : Date.parse(deadlineAt) - from;
  const used = most === null ? 0 : Math.min(1, Math.max(0, (now - from) / most));
  return (
    <div className="flex flex-col gap-1 rounded bg-info-soft px-2 py-1.5 text-xs">
      <p className="break-words">{stepText(instance, machine, now)}</p>
      {most !== null && (
        <div
          aria-hidden="true"
          title={`Counts as failed in ${durationText(Math.max(0, from + most - now))}`}
          className="h-1 overflow-hidden rounded bg-surface"
        >
          <span className="block h-full bg-info" style={{ width: `${used * 100}%` }} />
        </div>
      )}
    </div>
  );
}

/** Consoles kept of this instance's machines, of failed attempts too. */
function KeptOf({ machines, events }: { machines: readonly Machine[]; events: readonly Event[] }) {
  const ids = new Map(machines.map((machine) => [machine.id, machine]));
  const kept = events.filter((event) => event.kind === "evidence_kept" && event.bytes > 0 && ids.has(event.machine));
  if (kept.length === 0) return null;
  return (
    <div className="flex flex-col gap-1 border-t pt-2">
      <h3 className="text-xs font-semibold">Kept from machines that were removed</h3>
      {kept.map((event) => {
        if (event.kind !== "evidence_kept") return null;
        const machine = ids.get(event.machine);
        return (
          <div key={event.no} className="flex flex-wrap items-center gap-2 text-xs">
            {machine !== undefined && (
              <span className="text-muted">
                attempt {machine.attempt} at {machine.account},{" "}
                <Duration from={machine.askedAt} to={machine.closedAt} />
              </span>
            )}
            <EvidenceButton machine={event.machine} name={event.instance} />
          </div>
        );
      })}
    </div>
  );
}

function Retry({ id, name, queryKey }: { id: string; name: string; queryKey: string }) {
  const queryClient = useQueryClient();
  const retry = useMutation({
    mutationFn: () => api.retryInstance(id, name),
    onSuccess: (reply) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      say("Another try asked for", name);
    },
  });
  return (
    <>
      <Button kind="primary" busy={retry.isPending} onClick={() => retry.mutate()}>
        Retry {name}
      </Button>
      {retry.error !== null && <ErrorState error={failureFrom(retry.error)} />}
    </>
  );
}

/** Replaces a member whatever it does: its machine goes first. */
function Repair({ id, instance: { name, protect }, queryKey }: Asking) {
  const [isOpen, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const repair = useMutation({
    mutationFn: () => api.repair(id, [name]),
    onSuccess: (reply) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      setOpen(false);
      say("Replacement asked for", name);
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>Replace {name}</Button>
      <Confirm
        open={isOpen}
        onClose={() => setOpen(false)}
        title={`Replace ${name}?`}
        confirm={`Replace ${name}`}
        kind="danger"
        busy={repair.isPending}
        onConfirm={() => repair.mutate()}
      >
        {protect && <p className="text-warn">Its blueprint protects {name}: nothing but this replaces its machine.</p>}
        <p>
          What {name} has now is removed, with what is on its disks. When it is proven gone, or debt, a machine is
          launched anew at the same account; its addresses may be others then.
        </p>
        {repair.error !== null && <ErrorState error={failureFrom(repair.error)} />}
      </Confirm>
    </>
  );
}
