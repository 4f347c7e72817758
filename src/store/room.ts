import { statfs } from "node:fs/promises";

/** Bytes of the disk that a folder is on, free ones as far as its user may have them; null when the system does not say. */
export async function roomOf(folder: string): Promise<{ readonly free: number; readonly total: number } | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return null;
  }
}
