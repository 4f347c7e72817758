// Text that the command line takes from files and from standard input: no more than matters, and nothing that is no text.

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { textFrom } from "../contract/text-file.ts";
import { badInput, type Complaint } from "./complaint.ts";
import type { Terminal } from "./terminal.ts";

/** More than the server takes of anything, so that its word on a blueprint that is too large is still told with its size. */
const BYTES_MOST = 1024 * 1024;

/** Throws a Complaint that names the file and what the system says. Of a device or a log, no more is read than matters. */
export async function readFileText(file: string): Promise<string> {
  // The end is included: one byte more than is taken.
  const bytes = await bytesOf(createReadStream(file, { end: BYTES_MOST }), (error) =>
    badInput(`cannot read ${file}: ${systemText(error)}`),
  );
  return textOf(bytes, file);
}

/** All of standard input; whoever goes on writing is not listened to for ever. */
export async function readStdinText({ stdin }: Pick<Terminal, "stdin">): Promise<string> {
  const bytes = await bytesOf(stdin, (error) => badInput(`cannot read standard input: ${systemText(error)}`));
  return textOf(bytes, "standard input");
}

async function bytesOf(stream: Readable, complaint: (error: unknown) => Complaint): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of stream) {
      const bytes = Buffer.from(piece);
      pieces.push(bytes);
      size += bytes.length;
      if (size > BYTES_MOST) break;
    }
  } catch (error) {
    throw complaint(error);
  }
  return Buffer.concat(pieces);
}

function textOf(bytes: Buffer, name: string): string {
  if (bytes.length > BYTES_MOST)
    throw badInput(
      `${name} is larger than 1 MiB, which no part of a launch may be: let machines fetch large files themselves`,
    );
  const read = textFrom(bytes);
  if ("text" in read) return read.text;
  throw badInput(`${name} ${read.wrong}; save it as UTF-8`);
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

function systemText(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return SYSTEM_TEXTS[code] ?? (error instanceof Error ? error.message : String(error));
}
