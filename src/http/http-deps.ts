import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Provider } from "../ports/provider.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Role, Store, StoreAway } from "../ports/store.ts";
import type { Pass } from "./auth.ts";
import type { Page } from "./console-page.ts";
import type { Wakes } from "./stream/wakes.ts";

/** Bytes of a disk. */
export interface Room {
  readonly free: number;
  readonly total: number;
}

/** A backup in a file, until it is disposed of. */
export interface BackUp extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, in base64. */
  readonly digest: string;
  /** Of which moment, ms since 1970. */
  readonly at: number;
  readonly rows: number;
}

/** All that the API knows of the world. */
export interface HttpDeps {
  readonly store: Store;
  /** What writing fails with at present; null when it goes well. */
  readonly outage: () => StoreAway | null;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly events: Events;
  readonly wakes: Wakes;
  readonly version: string;
  readonly installation: string;
  /** The database is in a folder of this server. */
  readonly embedded: boolean;
  /** Name of the newest migration that this server knows. */
  readonly schema: string;
  /** Of the disk that an embedded database is on; null: it is elsewhere, or cannot be told. */
  readonly room: () => Promise<Room | null>;
  /** Writes all that the database holds into a file of the moment; null: it is on a server, which has its own way of doing that. */
  readonly backUp: (() => Promise<BackUp>) | null;
  /** The console's files; null when it is not built. */
  readonly page: Page | null;
  /** Aborts when the server stops: streams end. */
  readonly closing: AbortSignal;
}

/** Who asks. */
export interface Caller {
  /** Of the token. */
  readonly name: string;
  readonly role: Role;
  readonly pass: Pass;
}

/** What the routes find in the context. */
export interface HttpEnv {
  Variables: { caller: Caller };
}

export type App = OpenAPIHono<HttpEnv>;
