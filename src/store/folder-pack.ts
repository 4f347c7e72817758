// A folder as one file: what it was made of and the sum of all that follows, a line for each folder and file, an empty line, and the contents
// of the files one after the other, packed.

import { createHash } from "node:crypto";
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createBrotliCompress, createBrotliDecompress } from "node:zlib";

interface Contents {
  readonly folders: readonly string[];
  /** With their sizes, in the order of their contents. */
  readonly files: readonly (readonly [string, number])[];
}

/** Half a second for 40 MB; the best takes half a minute for a fifth less. */
const QUALITY = 5;
/** The three databases of a folder are much alike, and lie so far apart. */
const WINDOW_BITS = 24;
const CHUNK_BYTES = 1 << 20;
const FOLDER = "folder";

/** Into a new file at `path`; the folder must be at rest. `key`: one word. */
export async function packFolder(folder: string, key: string, path: string): Promise<void> {
  const contents = await contentsOf(folder);
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS };
  const parts: Buffer[] = [Buffer.from(listOf(contents))];
  await pipeline(
    Readable.from(bytesOf(folder, contents)),
    createBrotliCompress({ params }),
    async (packed: AsyncIterable<Buffer>) => {
      for await (const part of packed) parts.push(part);
    },
  );
  const body = Buffer.concat(parts);
  const file = await open(path, "wx");
  try {
    await file.writeFile(`${key} ${sumOf(body)}\n`);
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Into a folder that is empty, for its owner alone. False, with nothing done: the file is not whole, or was made of something else. */
export async function unpackFolder(path: string, key: string, folder: string): Promise<boolean> {
  const packed = await readFile(path);
  const body = packed.subarray(packed.indexOf("\n") + 1);
  if (packed.subarray(0, -body.length).toString() !== `${key} ${sumOf(body)}\n`) return false;
  const end = body.indexOf("\n\n");
  const { folders, files } = contentsIn(body.subarray(0, end).toString());
  for (const name of folders) mkdirSync(join(folder, name), { mode: 0o700 });
  const unpacking = createBrotliDecompress({ chunkSize: CHUNK_BYTES });
  await pipeline(Readable.from([body.subarray(end + 2)]), unpacking, (parts: AsyncIterable<Buffer>) =>
    writeFiles(folder, files, parts),
  );
  return true;
}

const sumOf = (body: Buffer): string => createHash("sha256").update(body).digest("hex");

function listOf({ folders, files }: Contents): string {
  const lines = [...folders.map((name) => `${FOLDER} ${name}`), ...files.map(([name, size]) => `${size} ${name}`)];
  return `${lines.join("\n")}\n\n`;
}

function contentsIn(list: string): Contents {
  const lines = list.split("\n").map((line) => {
    const space = line.indexOf(" ");
    return { kind: line.slice(0, space), name: line.slice(space + 1) };
  });
  return {
    folders: lines.filter(({ kind }) => kind === FOLDER).map(({ name }) => name),
    files: lines.filter(({ kind }) => kind !== FOLDER).map(({ kind, name }) => [name, Number(kind)] as const),
  };
}

/** A thousand small files: one by one, and without leaving this thread, which has nothing else to do yet. */
async function writeFiles(folder: string, files: Contents["files"], parts: AsyncIterable<Buffer>): Promise<void> {
  const left = files.values();
  let handle: number | null = null;
  let missing = 0;
  const next = (): void => {
    while (missing === 0) {
      if (handle !== null) closeSync(handle);
      handle = null;
      const { value, done } = left.next();
      if (done === true) return;
      handle = openSync(join(folder, value[0]), "wx", 0o600);
      missing = value[1];
    }
  };
  try {
    next();
    for await (const part of parts) {
      for (let at = 0; handle !== null && at < part.length; next()) {
        const written = writeSync(handle, part, at, Math.min(part.length - at, missing));
        at += written;
        missing -= written;
      }
    }
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

async function contentsOf(folder: string): Promise<Contents> {
  const folders: string[] = [];
  const files: [string, number][] = [];
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const found = await stat(join(folder, name));
    const there = name.replaceAll(sep, "/");
    if (found.isDirectory()) folders.push(there);
    else files.push([there, found.size]);
  }
  return { folders, files };
}

async function* bytesOf(folder: string, { files }: Contents): AsyncGenerator<Buffer> {
  for (const [name] of files) yield* createReadStream(join(folder, name), { highWaterMark: 1 << 20 });
}
