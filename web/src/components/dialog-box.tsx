// The dialogs themselves, loaded by dialog.tsx when the page has come to rest.

import { Dialog as Primitive } from "@base-ui/react/dialog";
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useEffect } from "react";
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import type { ConfirmProps, DialogProps } from "./dialog.tsx";

const BACKDROP = "fixed inset-0 z-40 bg-shade";
const POPUP =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 " +
  "overflow-y-auto rounded-lg border bg-surface p-5 text-sm shadow-pop";

/** By then the dialog has given the focus back, if it could. */
const RETURN_MS = 50;

const WIDTH = "w-[min(34rem,calc(100vw-2rem))]";
const WIDE = "w-[min(56rem,calc(100vw-2rem))]";

/** What a dialog was asked from may be gone when it closes, the button too: then the keyboard goes on at the page's content. */
function useFocusKept(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    return () => {
      window.setTimeout(() => {
        if (document.activeElement === document.body) document.querySelector("main")?.focus({ preventScroll: true });
      }, RETURN_MS);
    };
  }, [open]);
}

/** A dialog for forms and for looking at things. */
export function Dialog({ open, onClose, title, isWide = false, children }: DialogProps) {
  useFocusKept(open);
  return (
    <Primitive.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Primitive.Portal>
        <Primitive.Backdrop className={BACKDROP} />
        <Primitive.Popup className={classes(POPUP, isWide ? WIDE : WIDTH)}>
          <Primitive.Title className="pr-8 text-lg font-semibold">{title}</Primitive.Title>
          {children}
          {/* Last, so that a dialog begins with its first field. */}
          <Primitive.Close
            aria-label="Close"
            className="absolute top-4 right-3 size-8 rounded-md text-muted hover:bg-raised hover:text-ink"
          >
            ✕
          </Primitive.Close>
        </Primitive.Popup>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** Asks before something is done; the children say what will happen. */
export function Confirm({ open, onClose, title, children, confirm, onConfirm, ...rest }: ConfirmProps) {
  const { kind = "danger", busy = false, disabled = false } = rest;
  useFocusKept(open);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={BACKDROP} />
        <AlertDialog.Popup className={classes(POPUP, WIDTH)}>
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-muted">
            {children}
          </AlertDialog.Description>
          <div className="mt-2 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Leave it as it is</Button>
            <Button kind={kind} busy={busy} disabled={disabled} onClick={onConfirm}>
              {confirm}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
