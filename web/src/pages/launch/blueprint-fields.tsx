import { useQuery } from "@tanstack/react-query";
import { failureFrom } from "../../api.ts";
import { Field, Select } from "../../components/field.tsx";
import { FileZone } from "../../components/file-zone.tsx";
import { type Mark, SourceEditor } from "../../components/source-editor.tsx";
import { ErrorState } from "../../components/states.tsx";
import type { TextFile } from "../../components/text-file.ts";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import type { Draft, DraftPart } from "./draft.ts";

export interface BlueprintFieldsProps {
  readonly draft: Draft;
  readonly marks: readonly Mark[];
  readonly error: Error | null;
  readonly onChange: (part: DraftPart) => void;
  readonly file: TextFile;
}

/** Which blueprint: one that is stored here, or a file. */
export function BlueprintFields({ draft, marks, error, onChange, file }: BlueprintFieldsProps) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-base font-semibold">Blueprint</legend>
      <div className="flex gap-4">
        <Way draft={draft} from="stored" label="Stored here" onChange={onChange} />
        <Way draft={draft} from="file" label="From a file" onChange={onChange} />
      </div>
      {draft.from === "stored" ? (
        <StoredFields draft={draft} onChange={onChange} />
      ) : (
        <FileField
          source={draft.source}
          marks={marks}
          onChange={(source) => onChange({ source, values: draft.values })}
          file={file}
        />
      )}
      {error !== null && <ErrorState error={failureFrom(error)} />}
    </fieldset>
  );
}

interface WayProps extends Pick<BlueprintFieldsProps, "draft" | "onChange"> {
  readonly from: Draft["from"];
  readonly label: string;
}

function Way({ draft, from, label, onChange }: WayProps) {
  return (
    <label className="flex items-center gap-2">
      <input
        type="radio"
        name="from"
        checked={draft.from === from}
        onChange={() => onChange({ from, values: new Map() })}
      />
      {label}
    </label>
  );
}

function StoredFields({ draft, onChange }: Pick<BlueprintFieldsProps, "draft" | "onChange">) {
  const { data, error, refetch } = useQuery(queries.blueprints);
  const [mayLaunch, mayStore] = [useMayChange("deployments"), useMayChange("blueprints")];
  const versions = useQuery({ ...queries.blueprintVersions(draft.stored), enabled: draft.stored !== "" });
  if (data === undefined && error !== null) {
    return <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />;
  }
  if (data?.blueprints.length === 0) {
    return (
      <p className="text-muted">
        No blueprint is stored here yet.{" "}
        <button type="button" className="link" onClick={() => onChange({ from: "file" })}>
          {mayLaunch ? "Launch" : "Plan"} one from a file
        </button>
        {mayStore ? ", or store one under Blueprints." : "."}
      </p>
    );
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_8rem] gap-4">
      <Field label="Stored blueprint">
        {(described) => (
          <Select
            {...described}
            value={draft.stored}
            onChange={({ target }) => onChange({ stored: target.value, version: null, values: new Map() })}
          >
            <option value="">{data === undefined ? "Loading…" : "Choose one…"}</option>
            {data?.blueprints.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Version">
        {(described) => (
          <Select
            {...described}
            disabled={draft.stored === ""}
            value={draft.version ?? ""}
            onChange={({ target }) =>
              onChange({ version: target.value === "" ? null : Number(target.value), values: new Map() })
            }
          >
            <option value="">Newest</option>
            {versions.data?.blueprints.map(({ version }) => (
              <option key={version} value={version}>
                {version}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}

export interface FileFieldProps {
  readonly source: string;
  readonly marks: readonly Mark[];
  readonly onChange: (source: string) => void;
  readonly file: TextFile;
}

/** Text to paste or to type, and a place to drop a file on. */
export function FileField({ source, marks, onChange, file }: FileFieldProps) {
  return (
    <FileZone label="Blueprint file" accept=".yaml,.yml,application/yaml" file={file}>
      <SourceEditor label="Blueprint as YAML" value={source} onChange={onChange} marks={marks} />
    </FileZone>
  );
}
