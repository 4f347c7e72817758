import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";
import type { LaunchRequest } from "../../../../src/contract/deployment.ts";
import { api, Failure, failureFrom } from "../../api.ts";
import { useDebounced } from "../../components/debounced.ts";
import { Checkbox } from "../../components/field.tsx";
import { useFileDrop, useTextFile } from "../../components/text-file.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { BlueprintFields } from "./blueprint-fields.tsx";
import { type Draft, type DraftPart, EMPTY, nameMistake, planOf } from "./draft.ts";
import { LaunchLine } from "./launch-line.tsx";
import { NameField, PoolField } from "./name-field.tsx";
import { ParameterFields } from "./parameter-fields.tsx";
import { PlanView } from "./plan-view.tsx";
import { useOutline } from "./outline.ts";
import { useRequestKey } from "./request-key.ts";

const PLAN_MS = 15_000;

interface SwitchProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

const PartialSwitch = ({ isOn, onChange }: SwitchProps) => (
  <Checkbox
    label="Partial launch"
    hint="Keep what comes up when a part fails, instead of rolling everything back."
    checked={isOn}
    onChange={({ target }) => onChange(target.checked)}
  />
);

const DetailsSwitch = ({ isOn, onChange }: SwitchProps) => (
  <Checkbox
    label="Show me details"
    hint="Follow each step on the launch progress page."
    checked={isOn}
    onChange={({ target }) => onChange(target.checked)}
  />
);

export function LaunchPage() {
  const { blueprint = "" } = useSearch({ from: "/signed-in/launch" });
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, stored: blueprint });
  const [hasDetails, setDetails] = useState(true);
  const change = (part: DraftPart): void => setDraft({ ...draft, ...part });
  const file = useTextFile((source) => setDraft((now) => ({ ...now, from: "file", source, values: new Map() })));
  useFileDrop((dropped) => {
    setDraft((now) => ({ ...now, from: "file" }));
    file.take(dropped);
  });
  const { outline, error: outlineError, marks } = useOutline(draft);
  const request = planOf(draft, outline);
  const plan = usePlan(request);
  const launch = useLaunch(hasDetails);
  const mayLaunch = useMayChange("deployments");
  const isReady = request !== null && plan.error === null && nameMistake(draft.name) === null;

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (request === null || launch.isPending || !mayLaunch) return;
    launch.mutate(draft.name === "" ? request : { ...request, name: draft.name });
  };

  return (
    <>
      <PageHeader title={mayLaunch ? "Launch" : "Plan"}>
        {mayLaunch
          ? undefined
          : "Where a launch would go, and at what price. Launching takes a token with another role."}
      </PageHeader>
      <form
        onSubmit={submit}
        className="grid items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)] xl:grid-cols-[minmax(0,30rem)_minmax(0,1fr)]"
      >
        <div className="flex min-w-0 flex-col gap-5">
          <BlueprintFields draft={draft} marks={marks} error={outlineError} onChange={change} file={file} />
          {outline !== null && (
            <>
              <div className="grid gap-4 sm:grid-cols-2">
                {mayLaunch && <NameField draft={draft} usual={outline.name} onChange={change} refused={launch.error} />}
                <PoolField draft={draft} onChange={change} />
              </div>
              <ParameterFields
                parameters={outline.parameters}
                values={draft.values}
                error={plan.error}
                onChange={(values) => change({ values })}
              />
            </>
          )}
          {mayLaunch && (
            <div className="flex flex-col gap-2.5">
              <PartialSwitch isOn={draft.partial} onChange={(partial) => change({ partial })} />
              <DetailsSwitch isOn={hasDetails} onChange={setDetails} />
            </div>
          )}
          {launch.error !== null && <ErrorState error={failureFrom(launch.error)} />}
          {mayLaunch && <LaunchLine isReady={isReady} isPending={launch.isPending} plan={plan.data ?? null} />}
        </div>
        <PlanView
          outline={outline}
          mistakeCount={marks.length}
          plan={plan.data ?? null}
          error={plan.error}
          isStale={plan.isPlaceholderData}
        />
      </form>
    </>
  );
}

/** Where the launch would go, asked again while the form stands still: what others launch changes it. */
function usePlan(request: LaunchRequest | null) {
  const text = request === null ? "" : JSON.stringify(request);
  const settled = useDebounced(text);
  return useQuery({
    queryKey: ["plan", settled],
    queryFn: ({ signal }) => (request === null ? null : api.plan(request, signal)),
    enabled: request !== null && settled === text,
    placeholderData: keepPreviousData,
    refetchInterval: PLAN_MS,
    gcTime: 0,
  });
}

/** Launches, and leads to where it can be watched. */
function useLaunch(hasDetails: boolean) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const keyFor = useRequestKey();
  return useMutation({
    mutationFn: (body: LaunchRequest) => api.launch(body, keyFor(body)),
    // A lost answer is asked for again: the same key launches once.
    retry: (failures, error) => failures < 3 && error instanceof Failure && error.code === "unreachable",
    onSuccess: async ({ id, name }) => {
      say(`Launching ${name}`);
      void queryClient.invalidateQueries({ queryKey: ["deployments"] });
      await navigate({ to: hasDetails ? "/deployments/$id/progress" : "/deployments/$id", params: { id } });
    },
  });
}
