// What the server says of the launch while the form is filled in.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { LaunchRequest } from "../../../../src/contract/deployment.ts";
import type { Plan } from "../../../../src/contract/plan.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { api, Failure } from "../../api.ts";
import { useDebounced } from "../../components/debounced.ts";

const PLAN_MS = 15_000;

export interface Planning {
  /** The newest of this blueprint. */
  readonly plan: Plan | null;
  /** It is about what was in the form before. */
  readonly isOld: boolean;
  readonly error: Error | null;
  /** For which a launch would be refused, as the form stands now: by parameters that are wrong or missing. */
  readonly mistakes: readonly ProblemError[];
  /** What no account of the pool has, as the form stands now. */
  readonly notOffered: readonly ProblemError[];
}

interface Kept {
  readonly about: string;
  readonly plan: Plan;
}

/**
 * Where the launch would go, asked again while the form stands still: what others launch changes it. The last plan stays while
 * the next one is made, and also when a parameter is wrong.
 */
export function usePlanning(request: LaunchRequest | null): Planning {
  const [kept, setKept] = useState<Kept | null>(null);
  const text = request === null ? "" : JSON.stringify(request);
  const settled = useDebounced(text);
  const isSettled = settled === text;
  const { data, error } = useQuery({
    queryKey: ["plan", settled],
    queryFn: ({ signal }) => (request === null ? null : api.plan(request, signal)),
    enabled: request !== null && isSettled,
    refetchInterval: PLAN_MS,
    gcTime: 0,
  });
  const about = request === null ? "" : aboutOf(request);
  const plan = isSettled ? (data ?? null) : null;
  if (plan !== null && plan !== kept?.plan) setKept({ about, plan });
  const failure = isSettled ? error : null;
  // Whatever it had said last: it says now that it is wrong.
  const current = failure === null ? plan : null;
  return {
    plan: plan ?? (kept?.about === about ? kept.plan : null),
    isOld: current === null,
    error: failure,
    mistakes: failure instanceof Failure ? failure.errors : (current?.mistakes ?? []),
    notOffered: current?.notOffered ?? [],
  };
}

/** The blueprint, but not its text: that changes while it is written. */
function aboutOf({ blueprint }: LaunchRequest): string {
  return "source" in blueprint ? "a file" : `${blueprint.name}@${blueprint.version ?? ""}`;
}
