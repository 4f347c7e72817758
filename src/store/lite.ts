// The embedded database, seen from the server: one life of it after another. One that has ended, or that says that it is about to, is
// never asked again; the next transaction finds another one, made from what the folder holds, as after the death of a process.

import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { backoffMs } from "../core/world/backoff.ts";
import type { Asked, LiteFault, LiteFolder, Statement, Told } from "./lite-thread.ts";

const THREAD = new URL(`./lite-thread${extname(import.meta.url)}`, import.meta.url);
/** Without an answer for so long it runs in a circle. */
const SILENCE_MS = 60_000;
/** Silence is counted in steps, for a process that stood still must not count the time in which it did. */
const SILENT_STEPS = 60;
const CLOSE_MS = 10_000;
/** Rows live for a moment: with Node's own measure the thread takes ten megabytes more. */
const YOUNG_MB = 4;
const AGAIN = { firstMs: 250, mostMs: 5_000 } as const;

export interface LiteAnswer {
  readonly rows: unknown[];
  /** Null for a statement that writes nothing. */
  readonly affected: number | null;
}

export interface Lite {
  /** The present life, or the next one. Throws what keeps it from beginning. */
  living(): Promise<LiteLife>;
  on(channel: string, ear: (payload: string) => void): () => void;
  /** Called with each life but the first. */
  onNextLife(act: () => void): void;
  close(): Promise<void>;
}

/** An error of the database, or its end: then with the severity PANIC. */
class LiteError extends Error {
  override readonly name = "LiteError";
  readonly code: string;
  readonly severity: string;
  readonly constraint: string;
  constructor({ message, code, severity, constraint }: LiteFault) {
    super(message);
    this.code = code;
    this.severity = severity;
    this.constraint = constraint;
  }
}

type Question = Statement | { readonly sql: null };

const isDeadly = ({ severity }: LiteError): boolean => severity === "PANIC" || severity === "FATAL";

function ending(message: string): LiteError {
  return new LiteError({ message, code: "", severity: "PANIC", constraint: "" });
}

interface LiteTerms {
  readonly notice?: (channel: string, payload: string) => void;
  /** Default: a minute. */
  readonly silenceMs?: number;
}

/** Opens the folder in a thread of its own. Rejects with what the database said last. */
export async function beginLife(folder: LiteFolder, terms: LiteTerms = {}): Promise<LiteLife> {
  const life = new LiteLife(folder, terms);
  try {
    await life.opened;
    return life;
  } catch (error) {
    await life.gone;
    throw error;
  }
}

/** From its opening to its end. */
export class LiteLife {
  readonly opened: Promise<void>;
  /** Resolves when nothing of it is left that could touch the folder. */
  readonly gone: Promise<void>;
  private readonly worker: Worker;
  private readonly opening = Promise.withResolvers<void>();
  private readonly asked = new Map<number, PromiseWithResolvers<LiteAnswer>>();
  private readonly notice: NonNullable<LiteTerms["notice"]>;
  private readonly watch: NodeJS.Timeout;
  private isOpening = true;
  private over: Error | null = null;
  private lastNo = 0;
  private silentSteps = 0;

  constructor(folder: LiteFolder, { notice = () => undefined, silenceMs = SILENCE_MS }: LiteTerms) {
    this.opened = this.opening.promise;
    this.notice = notice;
    this.worker = new Worker(THREAD, { workerData: folder, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    this.worker.on("message", (told: Told) => this.hear(told));
    this.worker.on("error", (error) => this.end(ending(error instanceof Error ? error.message : String(error))));
    this.gone = new Promise((resolve) => {
      this.worker.on("exit", () => {
        this.end(ending("the thread of the database has ended"));
        resolve();
      });
    });
    this.watch = setInterval(() => {
      this.silentSteps = this.isOpening || this.asked.size > 0 ? this.silentSteps + 1 : 0;
      if (this.silentSteps > SILENT_STEPS) this.end(ending(`the database has not answered for ${silenceMs} ms`));
    }, silenceMs / SILENT_STEPS).unref();
  }

  get isOver(): boolean {
    return this.over !== null;
  }

  query(statement: Statement): Promise<LiteAnswer> {
    return this.ask(statement);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.end(ending("the database does not close")), CLOSE_MS);
    await this.ask({ sql: null }).catch(() => undefined);
    clearTimeout(late);
    this.end(ending("the database is closed"));
    await this.gone;
  }

  /** Ends it as it is, as the death of a process would. */
  end(cause: Error): void {
    if (this.over !== null) return;
    this.over = cause;
    clearInterval(this.watch);
    this.opening.reject(cause);
    for (const { reject } of this.asked.values()) reject(cause);
    this.asked.clear();
    void this.worker.terminate();
  }

  private ask(question: Question): Promise<LiteAnswer> {
    if (this.over !== null) return Promise.reject(this.over);
    const answer = Promise.withResolvers<LiteAnswer>();
    this.lastNo += 1;
    this.asked.set(this.lastNo, answer);
    // It keeps the program running only while somebody waits for it.
    this.worker.ref();
    this.worker.postMessage({ no: this.lastNo, ...question } satisfies Asked);
    return answer.promise;
  }

  private hear(told: Told): void {
    this.silentSteps = 0;
    if (this.over !== null) return;
    switch (told.kind) {
      case "opened":
        this.isOpening = false;
        this.worker.unref();
        return this.opening.resolve();
      case "notice":
        return this.notice(told.channel, told.payload);
      case "dying":
        return this.end(new LiteError(told.fault));
      case "answer":
        return this.take(told.no)?.resolve({ rows: told.rows, affected: told.affected });
      case "fault": {
        const error = new LiteError(told.fault);
        this.take(told.no)?.reject(error);
        if (isDeadly(error)) this.end(error);
      }
    }
  }

  private take(no: number): PromiseWithResolvers<LiteAnswer> | undefined {
    const answer = this.asked.get(no);
    this.asked.delete(no);
    if (this.asked.size === 0) this.worker.unref();
    return answer;
  }
}

/** The database in a folder that holds one. Rejects when it cannot be opened now. */
export async function openLite(folder: string, channels: readonly string[], silenceMs?: number): Promise<Lite> {
  const ears = new Map<string, Set<(payload: string) => void>>(channels.map((channel) => [channel, new Set()]));
  const born: (() => void)[] = [];
  const notice = (channel: string, payload: string): void => {
    for (const ear of ears.get(channel) ?? []) ear(payload);
  };
  const begin = (): Promise<LiteLife> =>
    beginLife({ folder, channels }, silenceMs === undefined ? { notice } : { notice, silenceMs });
  let life = await begin();
  let failed: { readonly times: number; readonly error: unknown; readonly until: number } | null = null;
  let isClosed = false;

  async function next(): Promise<LiteLife> {
    if (failed !== null && performance.now() < failed.until) throw failed.error;
    // Two at a time would destroy what the other writes.
    await life.gone;
    try {
      life = await begin();
    } catch (error) {
      const times = (failed?.times ?? 0) + 1;
      const pauseMs = backoffMs(AGAIN, times, { key: folder, retryAfterMs: null });
      failed = { times, error, until: performance.now() + pauseMs };
      throw error;
    }
    failed = null;
    for (const act of born) act();
    return life;
  }

  let opening: Promise<LiteLife> | null = null;
  return {
    async living() {
      if (isClosed) throw new Error("driver has already been destroyed");
      if (!life.isOver) return life;
      opening ??= next().finally(() => (opening = null));
      return opening;
    },
    on(channel, ear) {
      ears.get(channel)?.add(ear);
      return () => void ears.get(channel)?.delete(ear);
    },
    onNextLife: (act) => void born.push(act),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await opening?.catch(() => undefined);
      await life.close();
    },
  };
}
