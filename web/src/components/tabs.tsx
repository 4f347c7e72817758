import { Tabs as Primitive } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

interface Tab {
  readonly key: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly value: string;
  readonly onChange: (key: string) => void;
}

export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  return (
    <Primitive.Root value={value} onValueChange={(next) => onChange(String(next))}>
      <Primitive.List aria-label={label} className="flex gap-1 overflow-x-auto border-b">
        {tabs.map(({ key, label: text }) => (
          <Primitive.Tab
            key={key}
            value={key}
            className="-mb-px h-9 border-b-2 border-transparent px-3 text-sm font-medium whitespace-nowrap text-muted hover:text-ink focus-visible:-outline-offset-2 data-[active]:border-accent data-[active]:text-ink"
          >
            {text}
          </Primitive.Tab>
        ))}
      </Primitive.List>
      {tabs.map(({ key, content }) => (
        <Primitive.Panel key={key} value={key} className="pt-4">
          {content}
        </Primitive.Panel>
      ))}
    </Primitive.Root>
  );
}
