import { type DragEvent, type ReactNode, useId, useState } from "react";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import type { TextFile } from "./text-file.ts";

export interface FileZoneProps {
  /** Names the choice of a file for those who do not see where it stands. */
  readonly label: string;
  readonly accept?: string;
  readonly file: TextFile;
  /** Where the text of the file goes. */
  readonly children: ReactNode;
}

/** A place to drop a file on, and a button to choose one. */
export function FileZone({ label, accept, file, children }: FileZoneProps) {
  const [isOver, setOver] = useState(false);
  const id = useId();
  const take = (given: File | undefined): void => {
    if (given !== undefined) file.take(given);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={classes(
        "flex flex-col gap-2 rounded-md",
        isOver && "outline-2 outline-offset-4 outline-accent outline-dashed",
      )}
    >
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
        <Button onClick={() => document.getElementById(id)?.click()}>Choose a file…</Button>
        <input
          id={id}
          type="file"
          aria-label={label}
          accept={accept}
          className="sr-only"
          tabIndex={-1}
          onChange={({ target }) => {
            take(target.files?.[0]);
            // The same file may have been mended since.
            target.value = "";
          }}
        />
        <span>
          <span className="max-sm:hidden">or drop one here, </span>or paste its text
        </span>
      </div>
      {file.wrong !== null && (
        <p role="alert" className="text-bad">
          ✕ {file.wrong}
        </p>
      )}
      {children}
    </div>
  );
}
