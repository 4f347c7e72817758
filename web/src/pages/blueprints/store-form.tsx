import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { ErrorState } from "../../components/states.tsx";
import { useTextFile } from "../../components/text-file.ts";
import { say } from "../../components/toast.tsx";
import { FileField } from "../launch/blueprint-fields.tsx";
import { useChecked } from "../launch/outline.ts";
import { Outline } from "./outline.tsx";

export interface StoreFormProps {
  readonly source: string;
  readonly onChange: (source: string) => void;
  /** The blueprint that gets a version; null for whatever the text calls itself. */
  readonly name: string | null;
  /** The text of its newest version; null for none. */
  readonly stored: string | null;
  readonly children?: ReactNode;
}

/** Text that becomes the next version of a blueprint, checked while it is typed. */
export function StoreForm({ source, onChange, name, stored, children }: StoreFormProps) {
  const { outline, marks, error } = useChecked(source);
  const file = useTextFile(onChange);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const store = useMutation({
    mutationFn: (target: string) => api.putBlueprint(target, source),
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("blueprint") });
      const { name: own, version, isNew } = made;
      say(isNew ? `Stored ${own} as version ${version}` : `${own} is unchanged: this is its version ${version}`);
      await navigate({ to: "/blueprints/$name", params: { name: made.name } });
    },
  });
  const target = name ?? outline?.name ?? null;
  const isOther = name !== null && outline !== null && outline.name !== name;
  return (
    <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-3">
        <FileField source={source} marks={marks} onChange={onChange} file={file} />
        {isOther && (
          <p role="alert" className="text-bad">
            ✕ The text calls itself {outline.name}. A version of {name} must keep its name; store another name as a new
            blueprint.
          </p>
        )}
        {error !== null && <ErrorState error={failureFrom(error)} />}
        {store.error !== null && <ErrorState error={failureFrom(store.error)} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            kind="primary"
            busy={store.isPending}
            disabled={outline === null || isOther || source === stored}
            onClick={() => target !== null && store.mutate(target)}
          >
            {stored === null ? `Store${target === null ? "" : ` ${target}`}` : "Store as the next version"}
          </Button>
          {children}
          {source === stored && <span className="text-muted">Nothing is changed yet.</span>}
        </div>
      </div>
      {outline !== null && <Outline outline={outline} />}
    </div>
  );
}
