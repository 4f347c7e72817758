// Dialogs, which nobody needs before the first click: their part is loaded once the page has come to rest.

import { type ReactNode, Suspense } from "react";
import type { ButtonKind } from "./button.tsx";
import { part } from "./part.tsx";

const load = () => import("./dialog-box.tsx");
const DialogBox = part(async () => (await load()).Dialog);
const ConfirmBox = part(async () => (await load()).Confirm);

const REST_MS = 2_000;
window.setTimeout(() => void load().catch(() => undefined), REST_MS);

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** A dialog for forms and for looking at things. */
export function Dialog(props: DialogProps) {
  return (
    <Suspense fallback={null}>
      <DialogBox {...props} />
    </Suspense>
  );
}

export interface ConfirmProps extends Omit<DialogProps, "isWide"> {
  /** What the button says that does it: a verb and its object. */
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly kind?: ButtonKind;
  readonly busy?: boolean;
  readonly disabled?: boolean;
}

/** Asks before something is done; the children say what will happen. */
export function Confirm(props: ConfirmProps) {
  return (
    <Suspense fallback={null}>
      <ConfirmBox {...props} />
    </Suspense>
  );
}
