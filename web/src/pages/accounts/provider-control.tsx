import type { UseQueryResult } from "@tanstack/react-query";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import type { ProviderField, ProviderList, ProviderWhere } from "../../../../src/contract/provider.ts";
import { failureFrom } from "../../api.ts";
import { Checkbox, type Described, Field, Input, Select, Textarea } from "../../components/field.tsx";
import { FileZone } from "../../components/file-zone.tsx";
import { ErrorState } from "../../components/states.tsx";
import { useTextFile } from "../../components/text-file.ts";
import { type Given, hintOf, WHERE, whereMistake, whereProblem } from "./provider-fields.ts";

interface FieldsProps {
  readonly asked: UseQueryResult<ProviderList>;
  readonly provider: string;
  /** The account has its credentials: those left empty stay. */
  readonly isStored?: boolean;
  /** What the server has against what was given. */
  readonly errors?: readonly ProblemError[];
  readonly given: Given;
  readonly onChange: (given: Given) => void;
}

/** All that the provider asks for, or why that is not known. */
export function ProviderFields({ asked, provider, isStored = false, errors = [], given, onChange }: FieldsProps) {
  const { data, error, refetch } = asked;
  if (error !== null) return <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />;
  const { fields = [], where = [] } = data?.providers.find(({ name }) => name === provider) ?? {};
  return (
    <>
      {fields.map((field) => (
        <ProviderControl
          key={`${provider}/${field.name}`}
          field={field}
          isStored={isStored}
          error={errors.find(({ pointer }) => pointer === `/${field.of}s/${field.name}`)?.detail ?? null}
          value={given[field.name] ?? ""}
          onChange={(value) => onChange({ ...given, [field.name]: value })}
        />
      ))}
      <WhereControl where={where} errors={errors} given={given} onChange={onChange} />
    </>
  );
}

/** Defaults of where machines are put, for all realms and for single ones. */
function WhereControl({
  where,
  errors,
  given,
  onChange,
}: Pick<FieldsProps, "given" | "onChange"> & { where: ProviderWhere[]; errors: readonly ProblemError[] }) {
  const own = where.filter(({ inAccount }) => inAccount);
  if (own.length === 0) return null;
  const hint = (
    <>
      A line each, <code>KEY=VALUE</code> for all realms or <code>REALM.KEY=VALUE</code> for one; what a blueprint says
      comes first.
      {own.map(({ name, word, help }) => (
        <span key={name} className="block">
          <code>
            {name}={word}
          </code>{" "}
          {help}
        </span>
      ))}
    </>
  );
  return (
    <Field label="Where machines are put" hint={hint} error={whereProblem(given) ?? whereMistake(errors)}>
      {(described) => (
        <Textarea
          {...described}
          rows={3}
          autoComplete="off"
          spellCheck={false}
          value={given[WHERE] ?? ""}
          onChange={({ target }) => onChange({ ...given, [WHERE]: target.value })}
        />
      )}
    </Field>
  );
}

interface ControlProps {
  readonly field: ProviderField;
  readonly isStored: boolean;
  readonly error: string | null;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function ProviderControl({ field, isStored, error, value, onChange }: ControlProps) {
  const hint = hintOf(field, isStored);
  if (field.kind === "flag") {
    const usual = field.default === true;
    return (
      <Checkbox
        label={field.label}
        hint={hint}
        checked={value === "" ? usual : value === "true"}
        onChange={({ target }) => onChange(target.checked === usual ? "" : String(target.checked))}
      />
    );
  }
  const required = field.isRequired && !(isStored && field.of === "credential");
  return (
    <Field label={field.label} hint={hint} error={error}>
      {(described) => <Control {...{ field, described, required, value, onChange }} />}
    </Field>
  );
}

interface InnerProps {
  readonly field: ProviderField;
  readonly described: Described;
  readonly required: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Control({ field, described, required, value, onChange }: InnerProps) {
  const shared = { ...described, required, value, autoComplete: "off", spellCheck: false };
  const placeholder = field.example ?? undefined;
  if (field.kind === "choice") {
    return (
      <Select {...described} required={required} value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">Left out</option>
        {field.choices.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Select>
    );
  }
  if (field.kind === "lines") return <Lines {...{ field, described, required, value, onChange }} />;
  const isSecret = field.of === "credential";
  const bounds = field.kind === "amount" ? { min: field.least, max: field.most, step: "any" } : {};
  return (
    <Input
      {...shared}
      {...bounds}
      type={isSecret ? "password" : field.kind === "amount" ? "number" : "text"}
      autoComplete={isSecret ? "new-password" : "off"}
      placeholder={placeholder}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

/** Of what has several lines there is a file as a rule. */
function Lines({ field, described, required, value, onChange }: InnerProps) {
  const file = useTextFile(onChange);
  return (
    <FileZone label={`File for ${field.label}`} file={file}>
      <Textarea
        {...described}
        required={required}
        value={value}
        rows={3}
        autoComplete="off"
        spellCheck={false}
        placeholder={field.example ?? undefined}
        onChange={({ target }) => onChange(target.value)}
      />
    </FileZone>
  );
}
