// A file that is dropped anywhere on the page: without this, the browser would leave the page and show the file instead.

import { useEffect, useEffectEvent } from "react";

/** What is dropped on a place of its own, which says so by preventing the default, is left to that place. */
export function useFileDrop(take: (file: File) => void): void {
  const taken = useEffectEvent(take);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      const file = event.dataTransfer?.files[0];
      if (file === undefined || event.defaultPrevented) return;
      event.preventDefault();
      taken(file);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
}
