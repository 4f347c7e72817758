import { type ReactNode, useEffect } from "react";

export interface PageHeaderProps {
  readonly title: string;
  /** Beside the title: a badge, a count. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** The page's name, also that of the browser's tab; what can be done here; a sentence about it. */
export function PageHeader({ title, beside, actions, children }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Slipway`;
  }, [title]);
  return (
    <header className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="flex min-w-0 items-center gap-2.5">
        <h1 className="truncate">{title}</h1>
        {beside}
      </div>
      {actions !== undefined && <div className="ml-auto flex flex-wrap gap-2">{actions}</div>}
      {children !== undefined && <div className="basis-full text-muted">{children}</div>}
    </header>
  );
}
