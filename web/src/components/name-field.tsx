import { NAME_PATTERN, NAME_RULE } from "../../../src/contract/name.ts";
import { Field, Input } from "./field.tsx";

interface NameFieldProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly hint?: string;
}

/** The name of what is made: the rule is told as soon as it is broken. */
export function NameField({ value, onChange, hint }: NameFieldProps) {
  const error = value === "" || NAME_PATTERN.test(value) ? null : NAME_RULE;
  return (
    <Field label="Name" error={error} {...(hint === undefined ? {} : { hint })}>
      {(described) => (
        <Input
          {...described}
          value={value}
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
