// The first token of a new installation, and the connection of the command line on its machine.

import { Complaint } from "./cli/complaint.ts";
import {
  closeConnectionFile,
  type Connection,
  connectionPath,
  readConnection,
  writeConnection,
} from "./cli/connection.ts";
import { isLoopback } from "./core/world/loopback.ts";
import type { Ground } from "./ground.ts";
import { hashToken, makeToken } from "./http/auth.ts";
import type { Events } from "./log.ts";
import type { Store } from "./ports/store.ts";
import { say, tell } from "./printing.ts";

const FIRST_TOKEN = "admin";
/** Setting with the time until which a server alone may make the first token, ms since 1970. */
const FIRST_TOKEN_CLAIM = "first_token_claimed_until";
const FIRST_TOKEN_MS = 10_000;

/** Makes the first token, and keeps the command line's connection on this server's address. */
export async function introduce({ store, config, events }: Ground, url: string): Promise<void> {
  const closed = await closeConnectionFile(process.env);
  if (closed !== null) tell(events, "warned", closed);
  const tokens = await store.read((tx) => tx.tokens());
  const kept = await keptConnection();
  const isOurs = kept !== null && tokens.some(({ hash }) => hash === hashToken(kept.token));
  if (kept !== null && isOurs && isLoopback(kept.url) && kept.url !== url) {
    await keepConnection(events, { url, token: kept.token });
  }
  if (tokens.length > 0) return;
  // An embedded database has no other server, and must not wait for what the process before this one began.
  if (config.database.kind === "server" && !(await claimFirstToken(store))) {
    return tell(
      events,
      "noticed",
      `another server on this database makes the first token; use it with \`slipway login ${url}\``,
    );
  }
  // The file comes first: a token that nobody was told is of no use, and the next start would make no other.
  const token = makeToken();
  const isWritten = (kept === null || kept.url === url) && (await keepConnection(events, { url, token }));
  const isMade = await store.write(async (tx) => {
    if ((await tx.lockAccess()).tokens.length > 0) return false;
    await tx.putToken({
      name: FIRST_TOKEN,
      hash: hashToken(token),
      role: "admin",
      pool: null,
      owner: null,
      createdBy: null,
      createdAt: await tx.now(),
      expiresAt: null,
      lastUsedAt: null,
    });
    return true;
  });
  if (!isMade) {
    return tell(
      events,
      "noticed",
      `another server on this database made the first token; use it with \`slipway login ${url}\``,
    );
  }
  const place = connectionPath(process.env);
  if (isWritten) tell(events, "noticed", `made the first token; the command line finds it in ${place}`);
  // A secret is in no log: it is shown to whoever started the server.
  else say(`made the first token, shown this once; use it with \`slipway login ${url}\`: ${token}`);
}

/** True for one of those servers that find no token at the same moment. */
function claimFirstToken(store: Store): Promise<boolean> {
  return store.write(async (tx) => {
    if ((await tx.lockAccess()).tokens.length > 0) return false;
    const now = await tx.now();
    if (now < Number((await tx.setting(FIRST_TOKEN_CLAIM)) ?? 0)) return false;
    await tx.setSetting(FIRST_TOKEN_CLAIM, String(now + FIRST_TOKEN_MS));
    return true;
  });
}

/** True when it could be written. */
async function keepConnection(events: Events, connection: Connection): Promise<boolean> {
  try {
    await writeConnection(process.env, connection);
    return true;
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    tell(events, "warned", error.message);
    return false;
  }
}

/** The connection in the command line's file; null when there is none, or none that can be read. */
async function keptConnection(): Promise<Connection | null> {
  try {
    return await readConnection({ ...process.env, SLIPWAY_URL: undefined, SLIPWAY_TOKEN: undefined });
  } catch (error) {
    if (error instanceof Complaint) return null;
    throw error;
  }
}
