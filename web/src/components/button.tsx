import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes.ts";

export type ButtonKind = "primary" | "plain" | "quiet" | "danger";

const KIND: Readonly<Record<ButtonKind, string>> = {
  primary: "bg-accent text-on-accent border-transparent enabled:hover:bg-accent-hover",
  plain: "bg-surface text-ink border-edge/60 enabled:hover:bg-raised",
  quiet: "bg-transparent text-muted border-transparent enabled:hover:bg-raised enabled:hover:text-ink",
  danger: "bg-bad text-on-bad border-transparent enabled:hover:opacity-90",
};

const SHAPE =
  "inline-flex items-center justify-center gap-1.5 rounded-md border px-2.5 h-8 max-sm:h-9 text-sm font-medium whitespace-nowrap select-none " +
  "disabled:opacity-55 disabled:cursor-not-allowed aria-disabled:opacity-55";

/** The looks of a button, for links that lead to an action. */
export function buttonClasses(kind: ButtonKind = "plain", more?: string): string {
  return classes(SHAPE, KIND[kind], more);
}

export interface ButtonProps extends ComponentProps<"button"> {
  readonly kind?: ButtonKind;
  /** The action is under way: it cannot be asked for twice. */
  readonly busy?: boolean;
  readonly children: ReactNode;
}

export function Button({ kind = "plain", busy = false, className, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={buttonClasses(kind, className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}
