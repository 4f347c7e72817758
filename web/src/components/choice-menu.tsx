import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { buttonClasses } from "./button.tsx";

export interface ChoiceMenuProps<T extends string> {
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly chosen: readonly T[];
  readonly onChange: (chosen: readonly T[]) => void;
}

/** A button that opens a list of which several may be ticked: plain checkboxes, which everybody's keyboard knows. */
export function ChoiceMenu<T extends string>({ label, choices, chosen, onChange }: ChoiceMenuProps<T>) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const leave = ({ target }: Event): void => {
      if (target instanceof Node && box.current?.contains(target) === false) setOpen(false);
    };
    const close = ({ key }: KeyboardEvent): void => {
      if (key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen]);
  const toggle = (value: T): void =>
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <div ref={box} className="relative">
      <button
        ref={button}
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className={buttonClasses("plain", "border-edge! aria-expanded:bg-raised")}
      >
        {label}
        {chosen.length > 0 && <span className="rounded bg-info-soft px-1 text-xs text-info">{chosen.length}</span>}
        <span aria-hidden="true" className="text-muted">
          ▾
        </span>
      </button>
      <fieldset
        id={id}
        hidden={!isOpen}
        className="absolute top-full left-0 z-30 mt-1 max-h-[26rem] min-w-52 overflow-y-auto rounded-lg border bg-surface p-1 shadow-pop"
      >
        <legend className="sr-only">{label}</legend>
        {choices.map(({ value, label: text }) => (
          <label key={value} className="flex h-8 items-center gap-2.5 rounded px-2 hover:bg-raised max-sm:h-10">
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
            {text}
          </label>
        ))}
        <button
          type="button"
          disabled={chosen.length === 0}
          onClick={() => onChange([])}
          className="mt-1 h-8 w-full rounded border-t px-2 text-left text-muted enabled:hover:bg-raised disabled:opacity-55"
        >
          Clear
        </button>
      </fieldset>
    </div>
  );
}
