import { useQuery } from "@tanstack/react-query";
import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { api, Failure } from "../../api.ts";
import { useDebounced } from "../../components/debounced.ts";
import type { Mark } from "../../components/source-editor.tsx";
import { queries } from "../../queries.ts";
import type { Draft } from "./draft.ts";

export interface Outlined {
  /** Null as long as there is no blueprint without mistakes. */
  readonly outline: BlueprintOutline | null;
  /** What is wrong apart from mistakes at lines. */
  readonly error: Error | null;
  readonly marks: readonly Mark[];
}

/** What the server says of the text, once it stood still for a moment. `keepsNumbers`: of a deployment that is there, or was. */
export function useChecked(source: string, keepsNumbers = false): Outlined {
  const settled = useDebounced(source);
  const { data, error } = useQuery({
    queryKey: ["check", settled, keepsNumbers],
    queryFn: ({ signal }) => api.checkBlueprint({ source: settled, keepsNumbers }, signal),
    enabled: settled.trim() !== "",
    gcTime: 60_000,
  });
  const marks = error instanceof Failure && error.code === "bad_blueprint" ? marksOf(error.errors) : [];
  const isCurrent = source === settled;
  return {
    outline: isCurrent ? (data ?? null) : null,
    error: marks.length > 0 ? null : error,
    marks: isCurrent ? marks : [],
  };
}

/** The blueprint that is chosen: a stored one, or the text. */
export function useOutline(draft: Draft, keepsNumbers: boolean): Outlined {
  const checked = useChecked(draft.from === "file" ? draft.source : "", keepsNumbers);
  const stored = useQuery({
    ...queries.blueprint(draft.stored, draft.version ?? undefined),
    enabled: draft.from === "stored" && draft.stored !== "",
  });
  if (draft.from === "file") return checked;
  return { outline: draft.stored === "" ? null : (stored.data?.outline ?? null), error: stored.error, marks: [] };
}

/** Mistakes of a blueprint's text, by their lines. */
export function marksOf(errors: readonly ProblemError[]): readonly Mark[] {
  return errors.flatMap(({ line, detail }) => (line === undefined ? [] : [{ line, text: detail }]));
}
