import { Checkbox, Field, Input } from "../../components/field.tsx";
import type { ProviderField } from "./provider-fields.ts";

interface ControlProps {
  readonly field: ProviderField;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function ProviderControl({ field, value, onChange }: ControlProps) {
  const { label, hint, kind, isRequired, placeholder } = field;
  if (kind === "flag") {
    return (
      <Checkbox
        label={label}
        hint={hint}
        checked={value === "true"}
        onChange={({ target }) => onChange(target.checked ? "true" : "")}
      />
    );
  }
  return (
    <Field label={label} hint={hint}>
      {(described) => (
        <Input
          {...described}
          type={kind === "secret" ? "password" : kind === "number" ? "number" : "text"}
          {...(kind === "number" ? { min: 0, step: "any" } : {})}
          autoComplete={kind === "secret" ? "new-password" : "off"}
          spellCheck={false}
          required={isRequired}
          placeholder={placeholder}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
