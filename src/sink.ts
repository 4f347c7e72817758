// Where lines for people and programs that watch a server go: its standard output or error. Whatever becomes of those, the server goes on.
// A disk that is full or a reader that is slow keeps lines waiting, the oldest are given up in the end; a reader that is gone ends it.

import { writeSync } from "node:fs";

const WAITING_BYTES_MOST = 1024 * 1024;
const AGAIN_MS = 1_000;

export interface Sink {
  /** Takes a whole line with its end. Never throws. */
  write(line: string): void;
}

/** `lossText` is what is written in the place of so many lines that had to be given up. */
export function sinkTo(fd: number, lossText: (lines: number) => string): Sink {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let lost = 0;
  /** The first that waits is written in part. */
  let isBegun = false;
  let isOver = false;
  let timer: NodeJS.Timeout | null = null;

  function push(line: string): void {
    const fresh = Buffer.from(line);
    waiting.push(fresh);
    bytes += fresh.length;
    // What is begun is ended, so that the next line is whole.
    while (bytes > WAITING_BYTES_MOST && waiting.length > (isBegun ? 2 : 1)) {
      const [gone] = waiting.splice(isBegun ? 1 : 0, 1);
      bytes -= gone?.length ?? 0;
      lost += 1;
    }
  }

  function drain(): void {
    timer = null;
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const written = tryWriting(first);
      if (written === null) return;
      bytes -= written;
      isBegun = written < first.length;
      if (isBegun) waiting[0] = first.subarray(written);
      else waiting.shift();
    }
    if (lost === 0) return;
    const text = lossText(lost);
    lost = 0;
    push(`${text}\n`);
    drain();
  }

  /** Bytes that were taken; null when it has to wait, or is over. */
  function tryWriting(line: Buffer): number | null {
    try {
      return writeSync(fd, line);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EPIPE") {
        isOver = true;
        waiting.length = 0;
      } else timer ??= setTimeout(drain, AGAIN_MS).unref();
      return null;
    }
  }

  return {
    write(line) {
      if (isOver) return;
      push(line);
      if (timer === null) drain();
    },
  };
}
