// A kept connection to a daemon: calls go out as they come and are answered in any order, each known by its serial number. It is opened when
// somebody asks for something, and again after it has ended; what was under way then is in doubt.

import { beforehand, lateFault, lineFault, retold, unreadableFault } from "../../cloud-http/faults.ts";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Endpoint } from "./account.ts";
import { authFault, refusalFault } from "./faults.ts";
import { type Line, openLine } from "./line.ts";
import {
  KINDS,
  type Message,
  MessageReader,
  type Procedure,
  PROCEDURES,
  refusalIn,
  STATUSES,
  written,
} from "./messages.ts";
import { XdrReader, XdrWriter } from "./xdr.ts";

interface CallOf<T> {
  readonly procedure: Procedure;
  readonly body?: XdrWriter;
  readonly read: (reader: XdrReader) => T;
}

/** Every method rejects with a ProviderFault, or with the signal's reason. */
export interface Session extends AsyncDisposable {
  ask<T>(call: CallOf<T>, signal: AbortSignal): Promise<T>;
  /** Sends bytes behind a call. */
  pour(call: CallOf<void>, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** All that the daemon sends behind a call, no more than so much. */
  drain(call: CallOf<void>, most: number, signal: AbortSignal): Promise<Buffer>;
  /** Announcements of changes of domains, until the connection or the signal ends. */
  listen(listener: Listener, signal: AbortSignal): Promise<void>;
}

interface Listener {
  /** From here on all are heard. */
  begun(): void;
  /** Gets the body of each. */
  heard(reader: XdrReader): void;
}

export function openSession(endpoint: Endpoint): Session {
  let connection: Promise<Connection> | null = null;

  /** One for all who ask at once. It is opened for them all, so that no single one's signal ends it. */
  async function connected(signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    connection ??= openConnection(endpoint, { name: endpoint.name, ended: forget });
    const opening = connection;
    opening.catch(() => forget(opening));
    return whileWanted(opening, signal);
  }

  function forget(ended: Promise<Connection> | null = null): void {
    if (ended === null || connection === ended) connection = null;
  }

  return {
    ask: async ({ procedure, body, read }, signal) => {
      const open = await connected(signal);
      return readBody(await open.call(procedure, body, signal), read);
    },
    pour: async ({ procedure, body }, bytes, signal) => {
      const open = await connected(signal);
      await open.pour(procedure, { body, bytes }, signal);
    },
    drain: async ({ procedure, body }, most, signal) => {
      const open = await connected(signal);
      return open.drain(procedure, { body, most }, signal);
    },
    listen: async (listener, signal) => {
      const open = await connected(signal);
      return open.listen(listener, signal);
    },
    async [Symbol.asyncDispose]() {
      const leaving = connection;
      connection = null;
      const open = await leaving?.catch(() => null);
      await open?.end();
    },
  };
}

function readBody<T>(body: Buffer, read: (reader: XdrReader) => T): T {
  try {
    return read(new XdrReader(body));
  } catch (error) {
    if (error instanceof UnreadableAnswer) throw unreadableFault(error);
    throw error;
  }
}

/** Rejects with the signal's reason when that comes first. */
async function whileWanted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([answer, given.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

interface Waiting {
  readonly sentAt: number;
  /** A whole message that answers this call. */
  take(message: Message): void;
  fail(error: unknown): void;
}

interface Connection {
  call(procedure: Procedure, body: XdrWriter | undefined, signal: AbortSignal): Promise<Buffer>;
  pour(
    procedure: Procedure,
    sent: { readonly body: XdrWriter | undefined; readonly bytes: Buffer },
    signal: AbortSignal,
  ): Promise<void>;
  drain(
    procedure: Procedure,
    asked: { readonly body: XdrWriter | undefined; readonly most: number },
    signal: AbortSignal,
  ): Promise<Buffer>;
  listen(listener: Listener, signal: AbortSignal): Promise<void>;
  /** Takes leave of the daemon, and waits a little until it has let go. */
  end(): Promise<void>;
}

/** A stream's messages may be as long; older daemons take no more. */
const PIECE_BYTES = 65_536;
/** Log-in and the opening of the hypervisor: seconds where a daemon has only just started. */
const OPEN_MS = 30_000;
/** A call that was given up takes the connection along where nothing at all was heard for so long: the next one tries another. */
const SILENT_MS = 5_000;
/** A daemon that has answered the leave-taking ends the line at once. */
const LEAVE_MS = 1_000;

interface Ended {
  readonly name: string;
  ended(): void;
}

class Wire implements Connection {
  readonly #line: Line;
  readonly #ended: Ended;
  readonly #reader = new MessageReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<Listener>();
  readonly #over = Promise.withResolvers<ProviderFault>();
  #isOver = false;
  #serial = 0;
  #heardAt = performance.now();

  constructor(line: Line, ended: Ended) {
    this.#line = line;
    this.#ended = ended;
    line.stream.on("data", (piece: Buffer) => this.#hear(piece));
    line.stream.on("error", (error: Error) => this.#stop(error));
    line.stream.on("close", () => this.#stop(null));
    line.stream.on("end", () => this.#stop(null));
  }

  call(procedure: Procedure, body: XdrWriter | undefined, signal: AbortSignal): Promise<Buffer> {
    return this.#exchange({ procedure, body }, signal, (message, done) => done.resolve(message.body));
  }

  pour(
    procedure: Procedure,
    { body, bytes }: { readonly body: XdrWriter | undefined; readonly bytes: Buffer },
    signal: AbortSignal,
  ): Promise<void> {
    return this.#exchange({ procedure, body }, signal, (message, done) => {
      if (message.kind === KINDS.stream) return done.resolve(undefined);
      const number = PROCEDURES[procedure];
      const { serial } = message;
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const piece = bytes.subarray(at, at + PIECE_BYTES);
        this.#send({ procedure: number, kind: KINDS.stream, serial, status: STATUSES.continues, body: piece });
      }
      this.#send({ procedure: number, kind: KINDS.stream, serial, status: STATUSES.ok, body: Buffer.alloc(0) });
    });
  }

  drain(
    procedure: Procedure,
    { body, most }: { readonly body: XdrWriter | undefined; readonly most: number },
    signal: AbortSignal,
  ): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let length = 0;
    return this.#exchange({ procedure, body }, signal, (message, done) => {
      if (message.kind !== KINDS.stream) return;
      const { serial } = message;
      if (message.status === STATUSES.ok) return done.resolve(Buffer.concat(pieces));
      if (message.body.length > 0) {
        length += message.body.length;
        pieces.push(message.body);
        if (length > most) done.reject(unreadableFault(new UnreadableAnswer("stream", `is longer than ${most} bytes`)));
        return;
      }
      const end = { procedure: PROCEDURES[procedure], kind: KINDS.stream, serial, status: STATUSES.ok };
      this.#send({ ...end, body: Buffer.alloc(0) });
    });
  }

  async listen(listener: Listener, signal: AbortSignal): Promise<void> {
    this.#listeners.add(listener);
    try {
      listener.begun();
      throw await whileWanted(this.#over.promise, signal);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#send({ procedure: PROCEDURES.close, ...CALL, serial: ++this.#serial });
    // The daemon ends the line: where its answer meets one that has gone, two of its threads end the client, and libvirt 9.0 crashes.
    await whileWanted(this.#over.promise, AbortSignal.timeout(LEAVE_MS)).catch(() => undefined);
    this.#stop(null);
  }

  /** `take` is given each message that answers; a refusal rejects by itself. */
  async #exchange<T>(
    call: { readonly procedure: Procedure; readonly body: XdrWriter | undefined },
    signal: AbortSignal,
    take: (message: Message, done: PromiseWithResolvers<T>) => void,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#isOver) throw this.#lost(null, "none");
    const done = Promise.withResolvers<T>();
    this.#serial += 1;
    const serial = this.#serial;
    this.#waiting.set(serial, {
      sentAt: performance.now(),
      take: (message) => {
        if (message.status === STATUSES.error)
          done.reject(readBody(message.body, () => refusalFault(refusalIn(message.body))));
        else take(message, done);
      },
      fail: done.reject,
    });
    try {
      this.#send({ procedure: PROCEDURES[call.procedure], ...CALL, serial, body: call.body?.bytes() ?? CALL.body });
      return await whileWanted(done.promise, signal);
    } finally {
      done.promise.catch(() => undefined);
      this.#giveUp(serial, signal);
    }
  }

  #giveUp(serial: number, signal: AbortSignal): void {
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    if (waiting === undefined || !signal.aborted) return;
    const isSilent = this.#heardAt < waiting.sentAt && performance.now() - waiting.sentAt > SILENT_MS;
    if (isSilent) this.#stop(null);
  }

  #send(message: Message): void {
    if (!this.#isOver) this.#line.stream.write(written(message));
  }

  #hear(piece: Buffer): void {
    this.#heardAt = performance.now();
    try {
      for (const message of this.#reader.take(piece)) this.#route(message);
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error;
      this.#stop(unreadableFault(error));
    }
  }

  #route(message: Message): void {
    if (message.kind === KINDS.event) {
      if (message.procedure !== PROCEDURES.domainChanged) return;
      for (const listener of this.#listeners) listener.heard(new XdrReader(message.body));
      return;
    }
    // Nobody waits for what was given up.
    this.#waiting.get(message.serial)?.take(message);
  }

  #stop(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#line.end();
    this.#ended.ended();
    const fault = this.#lost(error, "unknown");
    for (const waiting of this.#waiting.values()) waiting.fail(fault);
    this.#over.resolve(fault);
  }

  #lost(error: Error | null, effect: "none" | "unknown"): ProviderFault {
    const told = error instanceof ProviderFault ? error : this.#line.why();
    if (told !== null) return retold(told, { effect });
    const cut = Object.assign(new Error("the connection ended"), { code: "ECONNRESET" });
    return lineFault(error ?? cut, { name: this.#ended.name, effect, remedies: {} });
  }
}

const CALL = { kind: KINDS.call, status: STATUSES.ok, body: Buffer.alloc(0) } as const;

const AUTH = { none: 0, polkit: 2 } as const;

async function openConnection(endpoint: Endpoint, ended: Ended): Promise<Connection> {
  const late = AbortSignal.timeout(OPEN_MS);
  const wire = new Wire(await openLine(endpoint, late), ended);
  try {
    // Nobody has asked for anything yet.
    await beforehand(logIn(wire, endpoint, late));
    return wire;
  } catch (error) {
    await wire.end();
    throw late.aborted ? lateFault({ name: endpoint.name, effect: "none", ms: OPEN_MS }) : error;
  }
}

async function logIn(wire: Connection, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  const ways = readBody(await wire.call("authList", undefined, signal), (reader) => reader.list((one) => one.int()));
  if (ways.includes(AUTH.polkit)) await wire.call("authPolkit", undefined, signal);
  else if (!ways.includes(AUTH.none)) throw authFault(endpoint.name);
  const READ_AND_WRITE = 0;
  await wire.call("open", new XdrWriter().someText(endpoint.driver).int(READ_AND_WRITE), signal);
  const LIFECYCLE = 0;
  const ANY_DOMAIN = 0;
  await wire.call("watchDomains", new XdrWriter().int(LIFECYCLE).int(ANY_DOMAIN), signal);
}
