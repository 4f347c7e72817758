import { Toast } from "@base-ui/react/toast";
import type { ReactNode } from "react";

const toasts = Toast.createToastManager();

const SHOWN_MS = 4_000;

/** Says beside the page that something was done. What failed belongs beside what was tried. */
export function say(title: string, description?: string): void {
  toasts.add({ title, ...(description === undefined ? {} : { description }) });
}

/** In a corner; on a phone beside the menu, so that it covers no more of a page than its head, and nothing moves when it goes. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={toasts} timeout={SHOWN_MS}>
      <Toast.Viewport className="fixed z-50 flex flex-col gap-2 max-sm:top-1 max-sm:right-24 max-sm:left-2 sm:right-4 sm:bottom-4 sm:w-88">
        <Shown />
      </Toast.Viewport>
      {children}
    </Toast.Provider>
  );
}

function Shown() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="rounded-lg border bg-surface p-3 pr-11 text-sm shadow-pop max-sm:py-2"
    >
      <Toast.Content>
        <Toast.Title className="font-medium" />
        <Toast.Description className="text-muted" />
        <Toast.Close
          aria-label="Close"
          className="absolute top-1 right-1 size-9 max-sm:top-0 rounded text-muted hover:bg-raised hover:text-ink"
        >
          ✕
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
