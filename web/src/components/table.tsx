import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes.ts";

export interface TableProps {
  /** Names it for those who hear it. */
  readonly label: string;
  /** On a phone each row is a card, its cells below one another with their labels: nothing is out of sight. */
  readonly isStacked?: boolean;
  readonly children: ReactNode;
}

/** A table that scrolls sideways by itself where it must. */
export function Table({ label, isStacked = false, children }: TableProps) {
  return (
    <section
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keyboard scrolls what has the focus
      tabIndex={0}
      className="relative overflow-x-auto rounded-lg border bg-surface"
    >
      <table className={classes("w-full border-collapse text-left text-sm", isStacked && "stacked")}>{children}</table>
    </section>
  );
}

export function Head({ children }: { children: ReactNode }) {
  return (
    <thead>
      <tr className="border-b bg-canvas text-xs text-muted">{children}</tr>
    </thead>
  );
}

export function HeadCell({ className, ...rest }: ComponentProps<"th">) {
  return (
    <th scope="col" className={classes("h-8 px-2.5 font-medium whitespace-nowrap sm:px-3", className)} {...rest} />
  );
}

export function Row({ className, ...rest }: ComponentProps<"tr">) {
  return <tr className={classes("h-9 border-b last:border-b-0 hover:bg-canvas", className)} {...rest} />;
}

/** `label`: what the column is called, for a cell of a stacked table. */
export function Cell({ className, label, children, ...rest }: ComponentProps<"td"> & { readonly label?: string }) {
  return (
    <td data-label={label} className={classes("px-2.5 py-1 align-middle sm:px-3", className)} {...rest}>
      {label === undefined ? children : <div>{children}</div>}
    </td>
  );
}
