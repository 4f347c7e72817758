import { type ComponentProps, type ReactNode, useId } from "react";
import { classes } from "./classes.ts";

const INPUT_BOX =
  "block rounded-md border border-edge bg-surface px-2.5 text-sm text-ink aria-invalid:border-bad disabled:bg-raised";
const INPUT = `h-8 max-sm:h-9 ${INPUT_BOX}`;

/** What a control needs so that its label, hint and mistake are read with it. */
export interface Described {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

export interface FieldProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong; null when nothing is. */
  readonly error?: string | null;
  readonly className?: string;
  readonly children: (described: Described) => ReactNode;
}

/** A control with its label, what it is for, and what is wrong with it. */
export function Field({ label, hint, error = null, className, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = error !== null || (hint !== undefined && hint !== null);
  return (
    <div className={classes("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        "aria-describedby": hasNote ? noteId : undefined,
        "aria-invalid": error === null ? undefined : true,
      })}
      {hasNote && (
        <p id={noteId} aria-live="polite" className={classes("text-xs", error === null ? "text-muted" : "text-bad")}>
          {error === null ? hint : <>✕ {error}</>}
        </p>
      )}
    </div>
  );
}

/** As wide as its field unless it is told its width. */
export function Input({ className = "w-full", ...rest }: ComponentProps<"input">) {
  return <input className={classes(INPUT, className)} {...rest} />;
}

export function Textarea({ className = "w-full", ...rest }: ComponentProps<"textarea">) {
  return <textarea className={classes(INPUT_BOX, "py-1.5 font-mono", className)} {...rest} />;
}

export function Select({ className = "w-full", ...rest }: ComponentProps<"select">) {
  return <select className={classes(INPUT, "pr-7", className)} {...rest} />;
}

export interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "children"> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

export function Checkbox({ label, hint, className, ...rest }: CheckboxProps) {
  return (
    <label className={classes("flex items-start gap-2", className)}>
      <input type="checkbox" className="mt-0.5 shrink-0" {...rest} />
      <span className="flex flex-col">
        <span className="font-medium">{label}</span>
        {hint !== undefined && <span className="text-xs text-muted">{hint}</span>}
      </span>
    </label>
  );
}
