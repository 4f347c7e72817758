import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Provider } from "../ports/provider.ts";
import type { Reach } from "../ports/reach.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Store } from "../ports/store.ts";

/** All that the engine knows of the world. Nothing in it waits on anything but these. */
export interface EngineDeps {
  readonly store: Store;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly reach: Reach;
  readonly events: Events;
  /** Owner label of everything asked for; the same for every process on one database. */
  readonly installation: string;
  /** Address at which machines reach this installation, without a slash at the end. */
  readonly callbackBase: string;
  /** From [0, 1), for jitter alone. */
  readonly random: () => number;
  /** Unguessable text, fresh each time: what a machine calls home with. */
  readonly nonce: () => string;
}
