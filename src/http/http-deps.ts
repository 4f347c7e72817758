import type { BlockList } from "node:net";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Events } from "../log.ts";
import type { Terms } from "../mcp/tool.ts";
import type { Clock } from "../ports/clock.ts";
import type { IdentityProvider } from "../ports/identity.ts";
import type { Provider } from "../ports/provider.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Store, StoreAway } from "../ports/store.ts";
import type { Courier } from "../ports/webhooks.ts";
import type { Pass, Who } from "./auth.ts";
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
  /** To webhooks. */
  readonly courier: Courier;
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
  /** What agents may do beside reading. */
  readonly agents: Terms;
  /** Aborts when the server stops: streams end. */
  readonly closing: AbortSignal;
  /** With whom people may sign in; null: with tokens alone. */
  readonly identities: IdentityProvider | null;
  /** Whose word on where a request comes from is believed; null: nobody's. */
  readonly proxies: BlockList | null;
}

/** Who asks. */
export interface Caller extends Who {
  readonly pass: Pass;
}

/** What the routes find in the context. */
export interface HttpEnv {
  Variables: { caller: Caller };
}

export type App = OpenAPIHono<HttpEnv>;
