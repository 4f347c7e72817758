import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";
import type { LaunchRequest } from "../../../../src/contract/deployment.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { api, Failure, failureFrom } from "../../api.ts";
import { Checkbox } from "../../components/field.tsx";
import { useFileDrop, useTextFile } from "../../components/text-file.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { BlueprintFields } from "./blueprint-fields.tsx";
import { type Draft, type DraftPart, EMPTY, planOf } from "./draft.ts";
import { LaunchLine } from "./launch-line.tsx";
import { LeaseField, NameField, PoolField, useNameMistake } from "./name-field.tsx";
import { obstacleOf } from "./obstacle.ts";
import { marksOf, useOutline } from "./outline.ts";
import { ParameterFields } from "./parameter-fields.tsx";
import { PlanView } from "./plan-view.tsx";
import { usePlanning } from "./planning.ts";
import { useRequestKey } from "./request-key.ts";

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
    {mayLaunch ? undefined : "Where a launch would go, and at what price. Launching takes a token with another role."}
  </PageHeader>
);

export function LaunchPage() {
  const { blueprint = "" } = useSearch({ from: "/signed-in/launch" });
  const { draft, change, file } = useDraft(blueprint);
  const [hasDetails, setDetails] = useState(true);
  const outlined = useOutline(draft);
  const { outline, marks } = outlined;
  const request = planOf(draft, outline);
  const planning = usePlanning(request);
  const { isAnyway, setAnyway } = useAnyway(planning.notOffered);
  const launch = useLaunch(hasDetails);
  const mayLaunch = useMayChange("deployments");
  const nameMistake = useNameMistake(draft, launch.error);
  const obstacle = obstacleOf({ draft, outlined, planning, nameMistake, isAnyway });

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (request === null || obstacle !== null || launch.isPending || !mayLaunch) return;
    const name = draft.name === "" ? {} : { name: draft.name };
    launch.mutate({ ...request, ...name, ...(isAnyway ? { anyway: true } : {}) });
  };

  return (
    <>
      <Heading mayLaunch={mayLaunch} />
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
            <>
              <div className="grid gap-4 sm:grid-cols-2">
                {mayLaunch && <NameField draft={draft} usual={outline.name} onChange={change} mistake={nameMistake} />}
                <PoolField draft={draft} onChange={change} />
                <LeaseField draft={draft} onChange={change} />
              </div>
              <ParameterFields
                parameters={outline.parameters}
                values={draft.values}
                errors={[...planning.mistakes, ...planning.notOffered]}
                onChange={(values) => change({ values })}
              />
            </>
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

/** The form as it is filled in, and the file that may be dropped on it. */
function useDraft(stored: string) {
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, stored });
  const change = (part: DraftPart): void => setDraft({ ...draft, ...part });
  const file = useTextFile((source) => setDraft((now) => ({ ...now, from: "file", source, values: new Map() })));
  useFileDrop((dropped) => {
    setDraft((now) => ({ ...now, from: "file" }));
    file.take(dropped);
  });
  return { draft, change, file };
}

/** Whether to launch what no account offers: said of what is told now, and of nothing else. */
function useAnyway(notOffered: readonly ProblemError[]) {
  const [wanted, setWanted] = useState("");
  const text = JSON.stringify(notOffered);
  const isAnyway = notOffered.length > 0 && wanted === text;
  return { isAnyway, setAnyway: (isOn: boolean) => setWanted(isOn ? text : "") };
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
