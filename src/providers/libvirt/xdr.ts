// XDR (RFC 4506), as far as libvirt's messages need it: everything is a multiple of four bytes, numbers are big-endian.

import { UnreadableAnswer } from "../../cloud-http/read.ts";

/** libvirt takes no longer text (REMOTE_STRING_MAX). */
const TEXT_BYTES_MOST = 4_194_304;
/** More of them no list of libvirt's has. */
const LIST_MOST = 65_536;

export const UUID_BYTES = 16;

export class XdrWriter {
  readonly #pieces: Buffer[] = [];

  int(value: number): this {
    const piece = Buffer.alloc(4);
    piece.writeInt32BE(value);
    this.#pieces.push(piece);
    return this;
  }

  /** An unsigned number of 64 bits. */
  hyper(value: number): this {
    const piece = Buffer.alloc(8);
    piece.writeUInt32BE(Math.floor(value / 2 ** 32), 0);
    piece.writeUInt32BE(value % 2 ** 32, 4);
    this.#pieces.push(piece);
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    this.int(bytes.length);
    return this.fixed(bytes);
  }

  /** Text that may be missing. */
  someText(value: string): this {
    return this.int(1).text(value);
  }

  /** Bytes whose number both sides know. */
  fixed(bytes: Uint8Array): this {
    this.#pieces.push(Buffer.from(bytes), Buffer.alloc(-bytes.length & 3));
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** Every method throws UnreadableAnswer where the message ends too early or holds what cannot be. */
export class XdrReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(): number {
    return this.#take(4).readInt32BE();
  }

  /** A number of 64 bits; beyond 2^53 not to the last digit. */
  hyper(): number {
    const piece = this.#take(8);
    return piece.readUInt32BE(0) * 2 ** 32 + piece.readUInt32BE(4);
  }

  text(): string {
    const length = this.#length(TEXT_BYTES_MOST);
    return this.fixed(length).toString("utf8");
  }

  someText(): string | null {
    return this.int() === 0 ? null : this.text();
  }

  fixed(length: number): Buffer {
    const bytes = this.#take(length);
    this.#take(-length & 3);
    return bytes;
  }

  list<T>(one: (reader: XdrReader) => T): readonly T[] {
    return Array.from({ length: this.#length(LIST_MOST) }, () => one(this));
  }

  #length(most: number): number {
    const length = this.#take(4).readUInt32BE();
    if (length > most) throw new UnreadableAnswer("message", `holds something of ${length} bytes or items`);
    return length;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new UnreadableAnswer("message", "ends too early");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
