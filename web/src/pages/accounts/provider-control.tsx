import type { UseQueryResult } from "@tanstack/react-query";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import type { ProviderField, ProviderList } from "../../../../src/contract/provider.ts";
import { failureFrom } from "../../api.ts";
import { Checkbox, type Described, Field, Input, Select, Textarea } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import type { Given } from "./provider-fields.ts";

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
  const fields = data?.providers.find(({ name }) => name === provider)?.fields ?? [];
  return fields.map((field) => (
    <ProviderControl
      key={`${provider}/${field.name}`}
      field={field}
      isStored={isStored}
      error={errors.find(({ pointer }) => pointer === `/${field.of}s/${field.name}`)?.detail ?? null}
      value={given[field.name] ?? ""}
      onChange={(value) => onChange({ ...given, [field.name]: value })}
    />
  ));
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
        <option value="">None</option>
        {field.choices.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Select>
    );
  }
  if (field.kind === "lines") {
    return (
      <Textarea {...shared} rows={3} placeholder={placeholder} onChange={({ target }) => onChange(target.value)} />
    );
  }
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

function hintOf(field: ProviderField, isStored: boolean): string {
  const counts = field.default === null || field.kind === "flag" ? "" : ` Left empty: ${String(field.default)}.`;
  if (field.of === "setting") return `${field.help}${counts}`;
  return `${field.help} Stored encrypted and never shown${isStored ? "; left empty, it stays as it is." : "."}`;
}
