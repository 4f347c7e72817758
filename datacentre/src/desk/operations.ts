// What was accepted and goes on, or has ended a while ago.

import { type OperationRecord, operationView } from "../state/operations.ts";
import type { Operation, OperationPage, OperationQuery } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { afterOf, cursorAt } from "./cursor.ts";

export function getOperation({ cloud, tenant }: Asked, id: string): Operation {
  return operationView(cloud.operations.find(tenant.name, id));
}

export function listOperations(asked: Asked, query: OperationQuery): OperationPage {
  const after = afterOf(query.cursor);
  const rest = seenOperations(asked).filter((operation) => operation.ordinal > after && isMeant(operation, query));
  const page = rest.slice(0, asked.cloud.settings.pageSize);
  const last = page.at(-1);
  const next = last === undefined || rest.length === page.length ? null : cursorAt(last.ordinal);
  return { operations: page.map(operationView), next };
}

/** All that a list would show, oldest first, for faces that page and filter in their own ways. */
export function seenOperations({ cloud, tenant, turn }: Asked): readonly OperationRecord[] {
  return turn?.kind === "list_empty" ? [] : cloud.operations.of(tenant.name);
}

function isMeant(operation: Operation, { target, name, state, correlation }: OperationQuery): boolean {
  return (
    (target === undefined || operation.target === target) &&
    (name === undefined || operation.name === name) &&
    (state === undefined || operation.state === state) &&
    (correlation === undefined || operation.correlation === correlation)
  );
}
