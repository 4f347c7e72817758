import { type ComponentProps, type ReactNode, type SubmitEvent, useState } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, Input } from "./field.tsx";
import { ErrorState } from "./states.tsx";

type Amounts<K extends string> = Readonly<Record<K, number | null>>;

export interface AmountsDialogProps<K extends string> {
  readonly title: string;
  readonly about: string;
  /** `step`: where it is another than that of all. */
  readonly fields: readonly { readonly key: K; readonly label: string; readonly step?: number }[];
  readonly amounts: Amounts<K>;
  /** Of all fields alike; `placeholder` says what an empty one means. */
  readonly input: {
    readonly min: number;
    readonly max?: number;
    readonly step: number | "any";
    readonly placeholder: string;
  };
  /** Below the fields. */
  readonly more?: ReactNode;
  /** On the button that sends them. */
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: ComponentProps<typeof ErrorState>["error"] | null;
  readonly onSubmit: (amounts: Amounts<K>) => void;
  readonly onClose: () => void;
}

/** Some amounts that are set together; an empty field is null. */
export function AmountsDialog<K extends string>(props: AmountsDialogProps<K>) {
  const { title, about, fields, amounts, input, more, action, isBusy, error, onSubmit, onClose } = props;
  const [texts, setTexts] = useState<ReadonlyMap<K, string>>(new Map());
  const textOf = (key: K): string => texts.get(key) ?? String(amounts[key] ?? "");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const wish: Record<K, number | null> = { ...amounts };
    for (const { key } of fields) wish[key] = textOf(key) === "" ? null : Number(textOf(key));
    onSubmit(wish);
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-muted">{about}</p>
        <div className="grid gap-3 sm:grid-cols-2">
          {fields.map(({ key, label, step = input.step }) => (
            <Field key={key} label={label}>
              {(described) => (
                <Input
                  {...described}
                  {...input}
                  step={step}
                  type="number"
                  value={textOf(key)}
                  onChange={({ target }) => setTexts(new Map([...texts, [key, target.value]]))}
                />
              )}
            </Field>
          ))}
        </div>
        {more}
        {error !== null && <ErrorState error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
