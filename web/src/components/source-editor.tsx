// Text with line numbers and each mistake at the end of its line: a text field that grows with what is in it, over a layer that
// has the marks. Both have the same lines of the same height and nothing wraps, so they stay together.

import { type ReactNode, useId, useRef } from "react";
import { classes } from "./classes.ts";

/** A mistake at a line, from 1. */
export interface Mark {
  readonly line: number;
  readonly text: string;
}

export interface SourceEditorProps {
  readonly label: string;
  readonly value: string;
  /** Left out: it is only to be read. */
  readonly onChange?: (value: string) => void;
  readonly marks?: readonly Mark[];
  readonly className?: string;
}

const LINE_REM = 1.25;
const TEXT = "font-mono text-xs leading-5 whitespace-pre [tab-size:2]";

export function SourceEditor({ label, value, onChange, marks = [], className }: SourceEditorProps) {
  const notesId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const lines = value.split("\n");
  return (
    <div className={className}>
      <div
        data-scroll
        className={classes(
          "max-h-[min(44rem,70dvh)] min-h-40 overflow-auto rounded-md border bg-surface has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-offset-2 has-[textarea:focus-visible]:outline-accent",
          marks.length > 0 ? "border-bad" : "border-edge",
        )}
      >
        <div className="relative flex w-max min-w-full py-2">
          <Gutter lines={lines.length} marks={marks} />
          <Marks lines={lines} marks={marks} />
          <textarea
            ref={field}
            aria-label={label}
            aria-invalid={marks.length > 0 || undefined}
            aria-describedby={marks.length > 0 ? notesId : undefined}
            readOnly={onChange === undefined}
            value={value}
            onChange={({ target }) => onChange?.(target.value)}
            rows={Math.max(lines.length, 6)}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            className={classes(
              TEXT,
              "relative field-sizing-content grow resize-none overflow-hidden bg-transparent px-3 text-ink outline-none",
            )}
          />
        </div>
      </div>
      {marks.length > 0 && (
        <ul id={notesId} aria-live="polite" className="mt-2 flex flex-col gap-1 text-xs">
          {marks.map(({ line, text }) => (
            <li key={`${line} ${text}`} className="text-bad">
              ✕{" "}
              <button type="button" className="font-semibold underline" onClick={() => goTo(field.current, line)}>
                Line {line}
              </button>
              : {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Puts the cursor at the end of a line and the line into sight. */
function goTo(field: HTMLTextAreaElement | null, line: number): void {
  if (field === null) return;
  const end = field.value.split("\n").slice(0, line).join("\n").length;
  field.focus({ preventScroll: true });
  field.setSelectionRange(end, end);
  const box = field.closest("[data-scroll]");
  if (box !== null) box.scrollTop = (line - 3) * (field.scrollHeight / Math.max(field.rows, 1));
}

function Gutter({ lines, marks }: { lines: number; marks: readonly Mark[] }) {
  const marked = new Set(marks.map(({ line }) => line));
  return (
    <div
      aria-hidden="true"
      className={classes(
        TEXT,
        "sticky left-0 z-10 shrink-0 border-r bg-surface px-2 text-right text-muted select-none",
      )}
    >
      {Array.from({ length: lines }, (_, place) => (
        <div key={place} className={marked.has(place + 1) ? "font-bold text-bad" : undefined}>
          {marked.has(place + 1) ? "✕ " : ""}
          {place + 1}
        </div>
      ))}
    </div>
  );
}

/** The first mistake of each line behind its end, as far as there is room; all of them are listed below. */
function Marks({ lines, marks }: { lines: readonly string[]; marks: readonly Mark[] }): ReactNode {
  const first = new Map(marks.toReversed().map((mark) => [mark.line, mark]));
  return (
    <div aria-hidden="true" className="pointer-events-none absolute inset-0 overflow-hidden py-2">
      {[...first.values()].map(({ line, text }) => (
        <div
          key={line}
          className={classes(TEXT, "absolute right-0 left-0 truncate bg-bad-soft pr-3 text-bad")}
          style={{ top: `${0.5 + (line - 1) * LINE_REM}rem`, paddingLeft: `${(lines[line - 1]?.length ?? 0) + 10}ch` }}
        >
          {text}
        </div>
      ))}
    </div>
  );
}
