// Sessions: what a login gives, for a time.

import { CloudError } from "../cloud-api.ts";
import type { CompleteCloud } from "../settings.ts";
import type { Session } from "../tenant-api.ts";
import type { Random } from "../random.ts";

export interface Sessions {
  /** Throws `invalid_request` where the cloud has none, `forbidden` when there are as many as it allows. */
  begin(tenant: string, now: number): Session;
  /** Whether it was begun here and has not been ended; it may have run out. */
  has(token: string): boolean;
  /** Whose it is, and by that use of it; null: it is over, or never was. */
  use(token: string, now: number): string | null;
  /** Does nothing when it is over already. */
  end(token: string): void;
  /** Those of one tenant, or all. */
  endAll(tenant: string | undefined): void;
  countOf(tenant: string, now: number): number;
}

interface SessionRecord {
  readonly tenant: string;
  expiresAt: number;
}

export function createSessions({ sessions: settings, name }: CompleteCloud, random: Random): Sessions {
  const all = new Map<string, SessionRecord>();
  const sweep = (now: number): void => {
    for (const [token, { expiresAt }] of all) if (expiresAt <= now) all.delete(token);
  };
  const countOf = (tenant: string, now: number): number => {
    sweep(now);
    return [...all.values()].filter((session) => session.tenant === tenant).length;
  };
  return {
    begin(tenant, now) {
      if (settings === null) throw new CloudError("invalid_request", `${name} knows no sessions`);
      const { lifeMs, most = Number.POSITIVE_INFINITY } = settings;
      const open = countOf(tenant, now);
      if (open >= most) throw new CloudError("forbidden", `${open} sessions are open already`, { about: { most } });
      const token = Array.from({ length: 4 }, () =>
        Math.floor(random() * 2 ** 32)
          .toString(16)
          .padStart(8, "0"),
      ).join("");
      all.set(token, { tenant, expiresAt: now + lifeMs });
      return { token, expiresAt: now + lifeMs };
    },
    has: (token) => all.has(token),
    use(token, now) {
      const session = all.get(token);
      if (session === undefined || session.expiresAt <= now) return null;
      if (settings?.renewedByUse === true) session.expiresAt = now + settings.lifeMs;
      return session.tenant;
    },
    end: (token) => void all.delete(token),
    endAll(tenant) {
      for (const [token, session] of all) if (tenant === undefined || session.tenant === tenant) all.delete(token);
    },
    countOf,
  };
}
