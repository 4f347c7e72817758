import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes.ts";

/** A table that scrolls sideways by itself where it must; `label` names it for those who hear it. */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // The keyboard scrolls what has the focus.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="relative overflow-x-auto rounded-lg border bg-surface"
    >
      <table className="w-full border-collapse text-left text-sm">{children}</table>
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
  return <th scope="col" className={classes("h-8 px-3 font-medium whitespace-nowrap", className)} {...rest} />;
}

export function Row({ className, ...rest }: ComponentProps<"tr">) {
  return <tr className={classes("h-9 border-b last:border-b-0 hover:bg-canvas", className)} {...rest} />;
}

export function Cell({ className, ...rest }: ComponentProps<"td">) {
  return <td className={classes("px-3 py-1 align-middle", className)} {...rest} />;
}
