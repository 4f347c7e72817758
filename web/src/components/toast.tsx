import { Toast } from "@base-ui/react/toast";
import type { ReactNode } from "react";

const toasts = Toast.createToastManager();

/** Says in a corner that something was done. What failed belongs beside what was tried. */
export function say(title: string, description?: string): void {
  toasts.add({ title, ...(description === undefined ? {} : { description }) });
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={toasts} timeout={6_000}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex flex-col gap-2 max-sm:left-4 sm:w-88">
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="rounded-lg border bg-surface p-3 pr-9 text-sm shadow-pop">
      <Toast.Content>
        <Toast.Title className="font-medium" />
        <Toast.Description className="text-muted" />
        <Toast.Close
          aria-label="Close"
          className="absolute top-2 right-2 size-6 rounded text-muted hover:bg-raised hover:text-ink"
        >
          ✕
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
