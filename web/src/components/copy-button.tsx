import { useState } from "react";
import { Button } from "./button.tsx";

/** Copies a text; where the browser forbids it, says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [outcome, setOutcome] = useState<string | null>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("Copied");
    } catch {
      // Browsers give the clipboard to pages on https and on this machine alone.
      setOutcome("Select it and copy");
    }
  };
  return (
    <Button onClick={() => void copy()}>
      <span aria-live="polite">{outcome ?? label}</span>
    </Button>
  );
}
