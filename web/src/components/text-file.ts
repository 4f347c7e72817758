// Files that people give to a page: their text, or why they have none.

import { useEffect, useEffectEvent, useState } from "react";
import { textFrom } from "../../../src/contract/text-file.ts";

export interface TextFile {
  readonly take: (file: File) => void;
  /** Why the last one could not be taken; null when it was. */
  readonly wrong: string | null;
}

/** Hands on the text of files that are given to `take`. */
export function useTextFile(onText: (text: string) => void): TextFile {
  const [wrong, setWrong] = useState<string | null>(null);
  const take = async (file: File): Promise<void> => {
    const found = await readFile(file);
    setWrong("text" in found ? null : `${file.name} ${found.wrong}.`);
    if ("text" in found) onText(found.text);
  };
  return { take: (file) => void take(file), wrong };
}

/** More than the server takes of a blueprint or a credential, so that its word on one that is too large is still told with its size. */
const BYTES_MOST = 1024 * 1024;

async function readFile(file: File): Promise<ReturnType<typeof textFrom>> {
  if (file.size > BYTES_MOST) return { wrong: "is larger than 1 MiB, which no text here may be" };
  try {
    const read = textFrom(new Uint8Array(await file.arrayBuffer()));
    return "text" in read ? read : { wrong: `${read.wrong}; save it as UTF-8` };
  } catch {
    return { wrong: "could not be read" };
  }
}

/**
 * A file that is dropped anywhere on the page: without this, the browser would leave the page and show the file instead. What is
 * dropped on a place of its own, which says so by preventing the default, is left to that place.
 */
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
