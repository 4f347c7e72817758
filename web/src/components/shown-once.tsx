import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Dialog } from "./dialog.tsx";

interface ShownOnceProps {
  readonly title: string;
  readonly secret: string;
  readonly onClose: () => void;
  /** What it is for. */
  readonly children: ReactNode;
}

/** What nobody is shown a second time, to be taken away. */
export function ShownOnce({ title, secret, onClose, children }: ShownOnceProps) {
  return (
    <Dialog open onClose={onClose} title={title}>
      <p className="text-muted">{children}</p>
      <div className="flex items-start gap-2">
        <code className="min-w-0 grow rounded-md border bg-canvas px-2.5 py-1.5 font-mono text-xs break-all select-all">
          {secret}
        </code>
        <CopyButton text={secret} />
      </div>
      <div className="flex justify-end">
        <Button kind="primary" onClick={onClose}>
          I have kept it
        </Button>
      </div>
    </Dialog>
  );
}
