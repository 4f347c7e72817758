// What goes over the line to libvirt's daemon: messages with a head of six numbers behind their length, and the procedures that this
// provider calls. Numbers and shapes are those of libvirt's remote_protocol.x, of which a daemon understands all that older ones did.

import { UnreadableAnswer } from "../../cloud-http/read.ts";
import { XdrReader, XdrWriter } from "./xdr.ts";

export const PROCEDURES = {
  open: 1,
  close: 2,
  nodeInfo: 6,
  capabilities: 7,
  domainInfo: 16,
  domainNamed: 23,
  domainById: 24,
  networkNamed: 46,
  authList: 66,
  authPolkit: 70,
  poolRefresh: 83,
  poolNamed: 84,
  poolXml: 88,
  volumeCreate: 93,
  volumeDelete: 94,
  volumeNamed: 95,
  volumeInfo: 98,
  volumeXml: 99,
  networkIsActive: 152,
  domainStart: 196,
  volumeUpload: 208,
  volumeDownload: 209,
  domainState: 212,
  nodeMemory: 228,
  domainUndefine: 231,
  domainDestroy: 234,
  domainReset: 245,
  domainMetadata: 265,
  domains: 273,
  volumes: 282,
  watchDomains: 316,
  domainChanged: 318,
  domainDefine: 350,
  domainAddresses: 353,
} as const;

export type Procedure = keyof typeof PROCEDURES;

const PROGRAM = 0x20008086;
const VERSION = 1;
const HEAD_BYTES = 28;
/** libvirt's own bound (VIR_NET_MESSAGE_MAX). */
const MESSAGE_BYTES_MOST = 33_554_432;

export const KINDS = { call: 0, reply: 1, event: 2, stream: 3 } as const;
export const STATUSES = { ok: 0, error: 1, continues: 2 } as const;

export interface Message {
  readonly procedure: number;
  readonly kind: number;
  readonly serial: number;
  readonly status: number;
  readonly body: Buffer;
}

export function written({ procedure, kind, serial, status, body }: Message): Buffer {
  const head = new XdrWriter()
    .int(HEAD_BYTES + body.length)
    .int(PROGRAM)
    .int(VERSION);
  head.int(procedure).int(kind).int(serial).int(status);
  return Buffer.concat([head.bytes(), body]);
}

/** Cuts what comes in into messages. */
export class MessageReader {
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** So many have to be there before it is worth joining them. */
  #awaited = 4;

  /** All that are whole by now. Throws UnreadableAnswer where something else than a daemon of libvirt's speaks. */
  take(piece: Buffer): readonly Message[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const messages: Message[] = [];
    for (;;) {
      const next = this.#next();
      if (next === null) return messages;
      if (next.program === PROGRAM) messages.push(next.message);
    }
  }

  #next(): { readonly program: number; readonly message: Message } | null {
    if (this.#bytes < this.#awaited) return null;
    const length = this.#joined().readUInt32BE();
    if (length < HEAD_BYTES || length > MESSAGE_BYTES_MOST) {
      throw new UnreadableAnswer("message", "is none of libvirt's: something else answers there");
    }
    this.#awaited = length;
    if (this.#bytes < length) return null;
    const all = this.#joined();
    const head = new XdrReader(all.subarray(4, HEAD_BYTES));
    const [program, version] = [head.int(), head.int()];
    const [procedure, kind, serial, status] = [head.int(), head.int(), head.int(), head.int()];
    if (version !== VERSION) throw new UnreadableAnswer("message", "is of a version that is not known");
    this.#pieces = [all.subarray(length)];
    this.#bytes = all.length - length;
    this.#awaited = 4;
    return { program, message: { procedure, kind, serial, status, body: all.subarray(HEAD_BYTES, length) } };
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    if (first !== undefined && this.#pieces.length === 1) return first;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}

/** What the daemon says of a call that it refuses or fails at; `code` is a virErrorNumber, `from` its virErrorDomain. */
export interface Refusal {
  readonly code: number;
  readonly from: number;
  readonly message: string;
}

/** Further fields of the error tell nothing more. */
export function refusalIn(body: Buffer): Refusal {
  const reader = new XdrReader(body);
  const [code, from] = [reader.int(), reader.int()];
  return { code, from, message: reader.someText() ?? "" };
}

export function refusalBody({ code, from, message }: Refusal): Buffer {
  const ERROR_LEVEL = 2;
  const nothing = new XdrWriter().int(0).int(0).int(0).int(0).int(0).int(0).int(0).bytes();
  return Buffer.concat([new XdrWriter().int(code).int(from).someText(message).int(ERROR_LEVEL).bytes(), nothing]);
}
