// What was accepted and takes a while: each with an id, and with its result for a time after it has ended.

import { CloudError } from "../cloud-api.ts";
import type { Operation, OperationKind } from "../tenant-api.ts";
import type { Agenda } from "../time/agenda.ts";
import type { ChangeLog } from "./change-log.ts";
import { countedId } from "./ids.ts";
import type { MachineFault } from "./machine-record.ts";

export interface OperationRecord {
  readonly id: string;
  readonly ordinal: number;
  readonly tenant: string;
  readonly kind: OperationKind;
  /** The machine or part that it is about. */
  readonly target: string;
  readonly name: string;
  readonly realm: string;
  /** As the caller called it. */
  readonly correlation: string | null;
  readonly startedAt: number;
  state: Operation["state"];
  fault: MachineFault | null;
  endedAt: number | null;
}

type OperationBegin = Pick<OperationRecord, "tenant" | "kind" | "target" | "name" | "realm" | "correlation">;

export interface Operations {
  begin(what: OperationBegin): OperationRecord;
  /** A fault: it has failed. Does nothing to one that has ended. */
  end(operation: OperationRecord | null, fault: MachineFault | null): void;
  /** Throws `not_found`, also when it is forgotten by now. */
  find(tenant: string, id: string): OperationRecord;
  /** Oldest first. */
  of(tenant: string): readonly OperationRecord[];
}

interface Ground {
  readonly cloud: string;
  readonly run: string;
  readonly agenda: Agenda;
  /** After it has ended. */
  readonly keptMs: number;
  readonly changes: ChangeLog;
}

export function createOperations({ cloud, run, agenda, keptMs, changes }: Ground): Operations {
  const all = new Map<string, OperationRecord>();
  let begun = 0;
  const tell = ({ tenant, id, name, realm, state }: OperationRecord): void =>
    changes.add({ tenant, at: agenda.now(), what: "operation", id, name, realm, labels: {}, state });
  return {
    begin(what) {
      const ordinal = ++begun;
      const id = countedId({ name: cloud, run }, "op-", ordinal);
      const rest = { startedAt: agenda.now(), state: "running", fault: null, endedAt: null } as const;
      const operation: OperationRecord = { ...what, id, ordinal, ...rest };
      all.set(id, operation);
      tell(operation);
      return operation;
    },
    end(operation, fault) {
      if (operation === null || operation.state !== "running") return;
      operation.state = fault === null ? "done" : "failed";
      operation.fault = fault;
      operation.endedAt = agenda.now();
      tell(operation);
      agenda.plan(operation.endedAt + keptMs, () => all.delete(operation.id));
    },
    find(tenant, id) {
      const operation = all.get(id);
      if (operation?.tenant !== tenant) throw new CloudError("not_found", `No operation ${id}`);
      return operation;
    },
    of: (tenant) => [...all.values()].filter((operation) => operation.tenant === tenant),
  };
}

export function operationView(operation: OperationRecord): Operation {
  const { id, kind, target, name, realm, correlation, startedAt, state, fault, endedAt } = operation;
  return { id, kind, target, name, realm, correlation, startedAt, state, fault, endedAt };
}
