import { Menu } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { buttonClasses } from "./button.tsx";

export interface ChoiceMenuProps<T extends string> {
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly chosen: readonly T[];
  readonly onChange: (chosen: readonly T[]) => void;
}

/** A button that opens a list of which several may be ticked. */
export function ChoiceMenu<T extends string>({ label, choices, chosen, onChange }: ChoiceMenuProps<T>) {
  const toggle = (value: T): void =>
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonClasses("plain", "border-edge! data-[popup-open]:bg-raised")}>
        {label}
        {chosen.length > 0 && <span className="rounded bg-info-soft px-1 text-xs text-info">{chosen.length}</span>}
        <span aria-hidden="true" className="text-muted">
          ▾
        </span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="z-30">
          <Menu.Popup className="max-h-[26rem] min-w-52 overflow-y-auto rounded-lg border bg-surface p-1 text-sm shadow-pop outline-none">
            {choices.map(({ value, label: text }) => (
              <Menu.CheckboxItem
                key={value}
                checked={chosen.includes(value)}
                onCheckedChange={() => toggle(value)}
                closeOnClick={false}
                className="flex h-8 cursor-default items-center gap-2 rounded px-2 outline-none data-[highlighted]:bg-raised"
              >
                <span aria-hidden="true" className="w-4 text-center text-accent">
                  {chosen.includes(value) && "✓"}
                </span>
                {text}
              </Menu.CheckboxItem>
            ))}
            {chosen.length > 0 && (
              <Menu.Item
                onClick={() => onChange([])}
                className="mt-1 flex h-8 cursor-default items-center rounded border-t px-2 pl-8 text-muted outline-none data-[highlighted]:bg-raised"
              >
                Clear
              </Menu.Item>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
