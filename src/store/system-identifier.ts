// PostgreSQL tells one database's files from another's by a number that is drawn when they are made. Copies of one folder have the same; each
// gets its own here, so that a log is still never taken for another database's.

import { randomBytes } from "node:crypto";
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { invariant } from "../core/invariant.ts";

const LENGTH = 8;
/** In the first page of each file of the log. */
const OFFSET_IN_LOG = 24;
const LOG_FILE = /^[0-9A-F]{24}$/;
/** Castagnoli's, backwards. */
const POLYNOMIAL = 0x82f63b78;

/** Of a database that was closed and is not open: a new number, wherever it stands. Throws where it does not stand as it should. */
export async function drawIdentifier(folder: string): Promise<void> {
  const path = join(folder, "global", "pg_control");
  const control = await readFile(path);
  const old = Buffer.from(control.subarray(0, LENGTH));
  const fresh = randomBytes(LENGTH);
  // A signed number, which is positive wherever it is shown.
  fresh.writeUInt8(fresh.readUInt8(LENGTH - 1) & 0x7f, LENGTH - 1);
  const end = endOfSum(control);
  fresh.copy(control);
  control.writeUInt32LE(checksum(control.subarray(0, end)), end);
  for (const name of await readdir(join(folder, "pg_wal"))) {
    if (LOG_FILE.test(name)) await rename(join(folder, "pg_wal", name), { old, fresh });
  }
  await writeFile(path, control);
}

async function rename(path: string, { old, fresh }: { old: Buffer; fresh: Buffer }): Promise<void> {
  const log = await open(path, "r+");
  try {
    const { buffer } = await log.read(Buffer.alloc(LENGTH), 0, LENGTH, OFFSET_IN_LOG);
    invariant(old.equals(buffer), `${path} is another database's`);
    await log.write(fresh, 0, LENGTH, OFFSET_IN_LOG);
  } finally {
    await log.close();
  }
}

/** What is summed up ends where its sum stands. */
function endOfSum(control: Buffer): number {
  let sum = 0xffffffff;
  for (let at = 0; at + 4 <= control.length; at += 4) {
    if (at > LENGTH && control.readUInt32LE(at) === ~sum >>> 0) return at;
    sum = summed(sum, control.subarray(at, at + 4));
  }
  invariant(false, "pg_control has no sum that fits");
}

function checksum(bytes: Buffer): number {
  return ~summed(0xffffffff, bytes) >>> 0;
}

function summed(sum: number, bytes: Buffer): number {
  let left = sum;
  for (const byte of bytes) {
    left ^= byte;
    for (let bit = 0; bit < 8; bit += 1) left = (left >>> 1) ^ (left & 1 ? POLYNOMIAL : 0);
  }
  return left;
}
