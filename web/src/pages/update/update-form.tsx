import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useId, useState } from "react";
import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import type { UpdatePlan, UpdateRequest } from "../../../../src/contract/update.ts";
import { api, Failure, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { BlueprintFields } from "../launch/blueprint-fields.tsx";
import { otherMistakes } from "../launch/draft.ts";
import { obstacleOf } from "../launch/obstacle.ts";
import { marksOf, useOutline } from "../launch/outline.ts";
import { ParameterFields } from "../launch/parameter-fields.tsx";
import { useDraft } from "../launch/use-draft.ts";
import { GoingField } from "./going-field.tsx";
import { MembersField } from "./members-field.tsx";
import { asItIs, countMistakes, draftFrom, type Former, goingOf, sealedOf, updateOf } from "./update-draft.ts";
import { UpdatePlanView } from "./update-plan-view.tsx";

export interface UpdateFormProps {
  /** What the form began with. */
  readonly former: Former;
  /** The deployment as it is by now. */
  readonly present: Deployment;
  readonly scale: string | undefined;
}

export function UpdateForm({ former, present, scale }: UpdateFormProps) {
  const form = useForm(former);
  const { request, allowed, obstacle, outlined } = form;
  const planning = usePlan(former.deployment.id, request);
  const isUp = present.actions.includes("update") && present.revision === former.deployment.revision;
  const applying = useApply(former.deployment);
  const id = useId();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (request === null || obstacle !== null || planning.isPending || !isUp) return;
    applying.reset();
    planning.plan(request);
  };
  const allow = (next: ReadonlySet<string>): void => {
    const asked = form.allow(next);
    if (asked !== null) planning.plan(asked);
  };
  return (
    <form
      onSubmit={submit}
      className="grid items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)] xl:grid-cols-[minmax(0,30rem)_minmax(0,1fr)]"
    >
      <div className="flex min-w-0 flex-col gap-5">
        <Fields {...{ form, scale }} errors={planning.errors} instances={present.instances} />
        <div className="flex items-center gap-3">
          <Button
            type="submit"
            kind={planning.isCurrent ? "plain" : "primary"}
            disabled={obstacle !== null || !isUp}
            busy={planning.isPending}
            aria-describedby={id}
          >
            {planning.made === null ? "Plan the update" : "Plan again"}
          </Button>
          <span id={id} aria-live="polite" className="min-w-0 text-warn">
            {obstacle}
          </span>
        </div>
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <PlanError error={planning.error} request={request} outline={outlined.outline} />
        <UpdatePlanView
          name={present.name}
          plan={planning.made}
          oldBecause={oldBecause(planning, isUp)}
          allowed={allowed}
          onAllow={allow}
          applying={applying}
        />
      </div>
    </form>
  );
}

/** What is to be another, as it is filled in. */
function useForm(former: Former) {
  const { draft, change, file } = useDraft(draftFrom(former));
  const [counts, setCounts] = useState<ReadonlyMap<string, string>>(new Map());
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set());
  const read = useOutline(draft, true);
  const outline = read.outline === null ? null : asItIs(former, read.outline);
  const outlined = { ...read, outline };
  const sealed = outline === null ? new Set<string>() : sealedOf(former, outline);
  const requestWith = (may: ReadonlySet<string>) => updateOf(former, { draft, counts, removed, allowed: may }, outline);
  const said = { planning: NOTHING_SAID, nameMistake: null, isAnyway: false };
  return {
    draft,
    change,
    file,
    counts,
    setCounts,
    goingOf: (group: BlueprintOutline["instances"][number]) => goingOf(former, { counts, removed }, group),
    setRemoved: (name: string, isGoing: boolean) =>
      setRemoved(new Set(isGoing ? [...removed, name] : [...removed].filter((one) => one !== name))),
    allowed,
    outlined,
    sealed,
    request: requestWith(allowed),
    obstacle: obstacleOf({ draft, outlined, kept: sealed, ...said }),
    allow: (next: ReadonlySet<string>) => {
      setAllowed(next);
      return requestWith(next);
    },
  };
}

interface FieldsProps {
  readonly form: ReturnType<typeof useForm>;
  readonly scale: string | undefined;
  readonly errors: readonly ProblemError[];
  readonly instances: Deployment["instances"];
}

/** Whoever came to scale a group is not led past the text of the blueprint. */
function Fields({ form, scale, errors, instances }: FieldsProps) {
  const { draft, change, file, counts, setCounts, goingOf: going, setRemoved, outlined, sealed } = form;
  const { outline } = outlined;
  const [isBlueprintShown, setBlueprintShown] = useState(scale === undefined);
  const { byGroup: mistakes, others } = countMistakes(errors, form.request ?? {});
  const marks = marksOf(others.filter(({ parameter }) => parameter === undefined));
  return (
    <>
      {isBlueprintShown ? (
        <BlueprintFields
          {...{ draft, file }}
          marks={[...outlined.marks, ...marks]}
          error={outlined.error}
          onChange={change}
        />
      ) : (
        <div>
          <Button onClick={() => setBlueprintShown(true)}>Change the blueprint too</Button>
        </div>
      )}
      {outline !== null && (
        <>
          <MembersField {...{ outline, counts, mistakes, scale, instances }} onChange={setCounts} />
          {outline.instances.map((one) => (
            <GoingField key={one.name} group={one.name} going={going(one)} onChange={setRemoved} />
          ))}
          <ParameterFields
            parameters={outline.parameters}
            values={draft.values}
            kept={sealed}
            errors={errors}
            onChange={(values) => change({ values })}
          />
        </>
      )}
    </>
  );
}

const NOTHING_SAID = { error: null, mistakes: [], notOffered: [] } as const;

interface Planned {
  /** The request that it is of, as text. */
  readonly about: string;
  readonly plan: UpdatePlan;
}

interface Planning {
  /** The last that was made. */
  readonly made: UpdatePlan | null;
  /** It is of what the form asks for now. */
  readonly isCurrent: boolean;
  readonly isPending: boolean;
  /** Why there is none of what the form asks for now. */
  readonly error: Error | null;
  /** What of the form is wrong by that. */
  readonly errors: readonly ProblemError[];
  readonly plan: (request: UpdateRequest) => void;
}

/** Made when somebody asks for it: it is kept, so that exactly that can be carried out. */
function usePlan(id: string, request: UpdateRequest | null): Planning {
  const [planned, setPlanned] = useState<Planned | null>(null);
  const asking = useMutation({
    mutationFn: (asked: UpdateRequest) => api.planUpdate(id, asked),
    onSuccess: (plan, asked) => setPlanned({ about: JSON.stringify(asked), plan }),
  });
  const text = JSON.stringify(request);
  const isCurrent = planned?.about === text && !asking.isPending;
  const error = JSON.stringify(asking.variables) === text ? asking.error : null;
  return {
    made: planned?.plan ?? null,
    isCurrent: isCurrent && error === null,
    isPending: asking.isPending,
    error,
    errors: error instanceof Failure ? error.errors : isCurrent ? planned.plan.mistakes : [],
    plan: asking.mutate,
  };
}

/** Why the plan that is shown cannot be carried out; null: it can, as far as the page knows. */
function oldBecause({ isCurrent, isPending }: Planning, isUp: boolean): string | null {
  if (!isUp) return "The deployment has moved on since this was planned.";
  if (isPending) return "A new plan is being made.";
  return isCurrent ? null : "This was planned before the form was changed: plan again.";
}

/** Carries a plan out, and leads to where it can be watched. */
function useApply({ id, revision }: Deployment) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { isPending, error, reset, mutate } = useMutation({
    mutationFn: (plan: string) => api.applyUpdate(id, plan),
    onSuccess: async (reply) => {
      queryClient.setQueryData(queries.deployment(id).queryKey, reply);
      void queryClient.invalidateQueries({ queryKey: ["deployments"] });
      if (reply.revision === revision) say("Nothing is another", `${reply.name} stays as it is`);
      else say(`Updating ${reply.name}`);
      await navigate({ to: "/deployments/$id/progress", params: { id } });
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: queries.deployment(id).queryKey }),
  });
  return { isPending, error, reset, apply: mutate };
}

interface PlanErrorProps {
  readonly error: Error | null;
  readonly request: UpdateRequest | null;
  readonly outline: BlueprintOutline | null;
}

/** What keeps a plan from being made, but for what stands at fields and lines. */
function PlanError({ error, request, outline }: PlanErrorProps) {
  if (error === null) return null;
  const atLines =
    error instanceof Failure &&
    error.errors.length > 0 &&
    countMistakes(error.errors, request ?? {}).others.every(({ line }) => line !== undefined);
  const others = outline === null || atLines ? [] : otherMistakes(error, outline);
  if (error instanceof Failure && error.errors.length > 0 && others.length === 0) {
    return <p className="text-warn">It cannot be planned like this: what is wrong stands at its field or line.</p>;
  }
  const { title, requestId } = failureFrom(error);
  return <ErrorState error={{ title, message: others.length === 0 ? error.message : others.join(" "), requestId }} />;
}
