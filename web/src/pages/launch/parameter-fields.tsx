import { useState } from "react";
import type { Parameter } from "../../../../src/contract/blueprint.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox, type Described, Field, Input, Select } from "../../components/field.tsx";
import type { Draft } from "./draft.ts";
import { parameterMistake } from "./draft.ts";

export interface ParameterFieldsProps {
  readonly parameters: readonly Parameter[];
  readonly values: Draft["values"];
  /** Those that may be left empty: they have a value that pages are not told. */
  readonly kept: ReadonlySet<string>;
  /** What the server says is wrong. */
  readonly errors: readonly ProblemError[];
  readonly onChange: (values: Draft["values"]) => void;
}

export function ParameterFields({ parameters, values, kept, errors, onChange }: ParameterFieldsProps) {
  if (parameters.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="mb-2 text-base font-semibold">Parameters</legend>
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={values.get(parameter.name)}
          isKept={kept.has(parameter.name)}
          mistake={parameterMistake(errors, parameter.name)}
          onChange={(value) => onChange(new Map([...values, [parameter.name, value]]))}
        />
      ))}
    </fieldset>
  );
}

interface ParameterFieldProps {
  readonly parameter: Parameter;
  /** Undefined: not touched yet. */
  readonly value: string | boolean | undefined;
  readonly isKept: boolean;
  readonly mistake: string | null;
  readonly onChange: (value: string | boolean) => void;
}

function ParameterField({ parameter, value, isKept, mistake, onChange }: ParameterFieldProps) {
  const { name, type, description, required, hasDefault } = parameter;
  if (type === "boolean" && parameter.choices === null) {
    return (
      <Checkbox
        label={<code className="font-mono">{name}</code>}
        hint={mistake ?? description ?? "Yes or no"}
        checked={value === undefined ? parameter.default === true : value === true}
        onChange={({ target }) => onChange(target.checked)}
      />
    );
  }
  // Nobody is told that a field is empty before it was touched.
  const error = value === undefined && !hasDefault ? null : mistake;
  return (
    <Field
      label={
        <span className="flex items-baseline gap-2">
          <code className="font-mono">{name}</code>
          <span className="text-xs font-normal text-muted">{kindOf(parameter)}</span>
          {required && !hasDefault && !isKept && <span className="text-xs font-normal text-warn">needed</span>}
        </span>
      }
      hint={description}
      error={error}
    >
      {(described) => <Control {...{ described, parameter, value, isKept, onChange }} />}
    </Field>
  );
}

function kindOf({ type, min, max, secret, choices }: Parameter): string {
  if (secret) return "secret";
  if (choices !== null || (min === null && max === null)) return type === "string" ? "text" : type;
  if (max === null) return `${type}, from ${min}`;
  return min === null ? `${type}, up to ${max}` : `${type}, ${min}–${max}`;
}

interface ControlProps extends Pick<ParameterFieldProps, "parameter" | "value" | "isKept" | "onChange"> {
  readonly described: Described;
}

function Control({ described, parameter, value, isKept, onChange }: ControlProps) {
  const { type, secret, choices, min, max, hasDefault } = parameter;
  const shown = value === undefined ? String(parameter.default ?? "") : String(value);
  if (secret) {
    const placeholder = isKept ? "As it is" : hasDefault ? "The blueprint's own" : "";
    return <SecretInput {...{ described, placeholder, onChange }} value={String(value ?? "")} />;
  }
  if (choices !== null) {
    return (
      <Select {...described} value={shown} onChange={({ target }) => onChange(target.value)}>
        {!hasDefault && <option value="">Choose one…</option>}
        {choices.map((choice) => (
          <option key={String(choice)}>{String(choice)}</option>
        ))}
      </Select>
    );
  }
  const isNumber = type !== "string";
  return (
    <Input
      {...described}
      {...(isNumber
        ? { type: "number", min: min ?? undefined, max: max ?? undefined, step: type === "integer" ? 1 : "any" }
        : {})}
      value={shown}
      spellCheck={false}
      autoComplete="off"
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

interface SecretInputProps {
  readonly described: Described;
  /** What an empty one means. */
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function SecretInput({ described, placeholder, value, onChange }: SecretInputProps) {
  const [isShown, setShown] = useState(false);
  return (
    <span className="flex gap-2">
      <Input
        {...described}
        type={isShown ? "text" : "password"}
        value={value}
        placeholder={placeholder}
        autoComplete="new-password"
        spellCheck={false}
        onChange={({ target }) => onChange(target.value)}
        className="w-full font-mono"
      />
      <Button aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? "Hide" : "Show"}
      </Button>
    </span>
  );
}
