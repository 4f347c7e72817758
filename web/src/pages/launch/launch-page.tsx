import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";
import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";
import type { LaunchRequest, RelaunchRequest } from "../../../../src/contract/deployment.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { api, Failure, failureFrom } from "../../api.ts";
import { Checkbox } from "../../components/field.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { againOf, draftAgain, type Former, keptSecrets } from "./again.ts";
import { AgainBanner } from "./again-banner.tsx";
import { BlueprintFields } from "./blueprint-fields.tsx";
import { type Draft, type DraftPart, EMPTY, planOf } from "./draft.ts";
import { FailureFields } from "./failure-fields.tsx";
import { LaunchLine } from "./launch-line.tsx";
import { LeaseField, NameField, PoolField, useNameMistake } from "./name-field.tsx";
import { obstacleOf } from "./obstacle.ts";
import { marksOf, useOutline } from "./outline.ts";
import { ParameterFields } from "./parameter-fields.tsx";
import { PlanView } from "./plan-view.tsx";
import { usePlanning } from "./planning.ts";
import { useRequestKey } from "./request-key.ts";
import { useDraft } from "./use-draft.ts";

interface ChoicesProps {
  readonly isPartial: boolean;
  readonly onPartial: (isOn: boolean) => void;
  readonly hasDetails: boolean;
  readonly onDetails: (isOn: boolean) => void;
  /** Null: there is nothing that no account offers. */
  readonly isAnyway: boolean | null;
  readonly onAnyway: (isOn: boolean) => void;
}

function Choices({ isPartial, onPartial, hasDetails, onDetails, isAnyway, onAnyway }: ChoicesProps) {
  return (
    <div className="flex flex-col gap-2.5">
      <Checkbox
        label="Partial launch"
        hint="Keep what comes up when a part fails, instead of rolling everything back."
        checked={isPartial}
        onChange={({ target }) => onPartial(target.checked)}
      />
      <Checkbox
        label="Show me details"
        hint="Follow each step on the launch progress page."
        checked={hasDetails}
        onChange={({ target }) => onDetails(target.checked)}
      />
      {isAnyway !== null && (
        <Checkbox
          label="Launch anyway"
          hint="Though no account offers it, as far as is known: it fails unless that has changed."
          checked={isAnyway}
          onChange={({ target }) => onAnyway(target.checked)}
        />
      )}
    </div>
  );
}

const Heading = ({ mayLaunch }: { mayLaunch: boolean }) => (
  <PageHeader title={mayLaunch ? "Launch" : "Plan"}>
    {mayLaunch
      ? undefined
      : "Where a launch would go, and at what price. Launching takes the role launcher, or a higher one."}
  </PageHeader>
);

export function LaunchPage() {
  const { blueprint = "", again } = useSearch({ from: "/signed-in/launch" });
  if (again !== undefined) return <LaunchAgain key={again} id={again} />;
  return <LaunchForm initial={{ ...EMPTY, stored: blueprint }} former={null} />;
}

/** The form as an ended deployment was launched. */
function LaunchAgain({ id }: { id: string }) {
  const deployment = useQuery(queries.deployment(id));
  const revision = deployment.data?.revision;
  const source = useQuery({ ...queries.launchedFrom(id, revision ?? 0), enabled: revision !== undefined });
  const error = deployment.error ?? source.error;
  if (error !== null) return <ErrorState error={failureFrom(error)} />;
  if (deployment.data === undefined || source.data === undefined) return <Skeleton />;
  const former = { deployment: deployment.data, source: source.data.source };
  return <LaunchForm initial={draftAgain(former)} former={former} />;
}

function LaunchForm({ initial, former }: { initial: Draft; former: Former | null }) {
  const { draft, change, file } = useDraft(initial);
  const [hasDetails, setDetails] = useState(true);
  const outlined = useOutline(draft, former !== null);
  const { outline, marks } = outlined;
  const request = planOf(draft, outline);
  const planning = usePlanning(request);
  const { isAnyway, setAnyway } = useAnyway(planning.notOffered);
  const launch = useLaunch(hasDetails, former?.deployment.id ?? null);
  const mayLaunch = useMayChange("deployments");
  const nameMistake = useNameMistake(draft, launch.error);
  const kept = former === null ? new Set<string>() : keptSecrets(former, draft, outline);
  const obstacle = obstacleOf({ draft, outlined, planning, nameMistake, isAnyway, kept });

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (request === null || obstacle !== null || launch.isPending || !mayLaunch) return;
    const name = draft.name === "" ? {} : { name: draft.name };
    const anyway = isAnyway ? { anyway: true } : {};
    if (former === null) launch.mutate({ ...request, ...name, ...anyway });
    else launch.mutate({ ...againOf(former, draft, request), ...anyway });
  };

  return (
    <>
      <Heading mayLaunch={mayLaunch} />
      {former !== null && <AgainBanner former={former} isChanged={draft.source !== former.source} />}
      <form
        onSubmit={submit}
        className="grid items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)] xl:grid-cols-[minmax(0,30rem)_minmax(0,1fr)]"
      >
        <div className="flex min-w-0 flex-col gap-5">
          <BlueprintFields
            draft={draft}
            marks={[...marks, ...marksOf(planning.notOffered)]}
            error={outlined.error}
            onChange={change}
            file={file}
          />
          {outline !== null && (
            <OutlineFields
              {...{ draft, change, outline, nameMistake, kept }}
              isNamed={mayLaunch && former === null}
              isPlaced={former === null}
              errors={[...planning.mistakes, ...planning.notOffered].filter((one) => !kept.has(one.parameter ?? ""))}
            />
          )}
          {mayLaunch && (
            <Choices
              isPartial={draft.partial}
              onPartial={(partial) => change({ partial })}
              hasDetails={hasDetails}
              onDetails={setDetails}
              isAnyway={planning.notOffered.length > 0 ? isAnyway : null}
              onAnyway={setAnyway}
            />
          )}
          {launch.error !== null && <ErrorState error={failureFrom(launch.error)} />}
          {mayLaunch && <LaunchLine obstacle={obstacle} isPending={launch.isPending} planning={planning} />}
        </div>
        <PlanView outlined={outlined} planning={planning} isTextShown={draft.from === "file"} />
      </form>
    </>
  );
}

interface OutlineFieldsProps {
  readonly draft: Draft;
  readonly change: (part: DraftPart) => void;
  readonly outline: BlueprintOutline;
  readonly nameMistake: string | null;
  /** Whether it takes a name, and a pool: what is launched once more has both. */
  readonly isNamed: boolean;
  readonly isPlaced: boolean;
  readonly errors: readonly ProblemError[];
  /** Parameters that may be left empty: they are as they were. */
  readonly kept: ReadonlySet<string>;
}

function OutlineFields({ draft, change, outline, nameMistake, isNamed, isPlaced, errors, kept }: OutlineFieldsProps) {
  const usual = isPlaced ? "as the blueprint says" : "as it was, or as another blueprint says";
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {isNamed && <NameField draft={draft} usual={outline.name} onChange={change} mistake={nameMistake} />}
        {isPlaced && <PoolField draft={draft} onChange={change} />}
        <LeaseField draft={draft} usual={usual} onChange={change} />
      </div>
      <FailureFields draft={draft} usual={usual} onChange={change} />
      <ParameterFields
        parameters={outline.parameters}
        kept={kept}
        values={draft.values}
        errors={errors}
        onChange={(values) => change({ values })}
      />
    </>
  );
}

/** Whether to launch what no account offers: said of what is told now, and of nothing else. */
function useAnyway(notOffered: readonly ProblemError[]) {
  const [wanted, setWanted] = useState("");
  const text = JSON.stringify(notOffered);
  const isAnyway = notOffered.length > 0 && wanted === text;
  return { isAnyway, setAnyway: (isOn: boolean) => setWanted(isOn ? text : "") };
}

/** Launches, and leads to where it can be watched. */
function useLaunch(hasDetails: boolean, again: string | null) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const keyFor = useRequestKey();
  return useMutation({
    mutationFn: (body: LaunchRequest | RelaunchRequest) => {
      if (again !== null) return api.relaunch(again, body, keyFor(body));
      if (body.blueprint === undefined) throw new Error("a launch says which blueprint");
      return api.launch({ ...body, blueprint: body.blueprint }, keyFor(body));
    },
    // A lost answer is asked for again: the same key launches once.
    retry: (failures, error) => failures < 3 && error instanceof Failure && error.code === "unreachable",
    onSuccess: async ({ id, name }) => {
      say(`Launching ${name}`);
      void queryClient.invalidateQueries({ queryKey: ["deployments"] });
      await navigate({ to: hasDetails ? "/deployments/$id/progress" : "/deployments/$id", params: { id } });
    },
  });
}
