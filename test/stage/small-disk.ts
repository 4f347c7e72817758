// A disk of a few megabytes in memory, to be filled to the last byte. Only root may mount one.

import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly path: string;
  /** Takes all the room, or all but so much. */
  fill(leaveMb?: number): void;
  /** Gives it back. */
  clear(): void;
  unmount(): void;
}

/** Why no disk of this kind can be had here; null when one can. */
export function whyNoSmallDisk(): string | null {
  try {
    mountSmallDisk(1).unmount();
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    return `a small disk cannot be mounted here: ${text}`;
  }
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "slipway-disk-"));
  const filler = join(path, "filler");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    throw error;
  }
  return {
    path,
    fill(leaveMb = 0) {
      const file = openSync(filler, "a");
      const block = Buffer.alloc(4_096, 1);
      try {
        while (statfsSync(path).bavail * block.length > leaveMb * 1_048_576) writeSync(file, block);
      } catch (error) {
        // Somebody else has taken the last block.
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        closeSync(file);
      }
    },
    clear: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}
