import { useState } from "react";
import { useFileDrop, useTextFile } from "../../components/text-file.ts";
import type { Draft, DraftPart } from "./draft.ts";

/** The form as it is filled in, and the file that may be dropped on it. */
export function useDraft(initial: Draft) {
  const [draft, setDraft] = useState<Draft>(initial);
  const change = (part: DraftPart): void => setDraft({ ...draft, ...part });
  const file = useTextFile((source) => setDraft((now) => ({ ...now, from: "file", source, values: new Map() })));
  useFileDrop((dropped) => {
    setDraft((now) => ({ ...now, from: "file" }));
    file.take(dropped);
  });
  return { draft, change, file };
}
