// Nobody is asked about one machine by two at the same time: a claim keeps others away until the call it was taken for is over, or, of a
// process that has died, until it runs out.

import { CLAIM_LEAST_MS } from "../../src/engine/send.ts";
import { TRAITS } from "../drawn-clouds.ts";
import type { CheckerOf } from "./checker.ts";

interface UnderWay {
  readonly sentAt: number;
  /** How long it may last. */
  readonly until: number;
  readonly isDead: () => boolean;
}

export const singleCall: CheckerOf = (facts, find) => {
  const underWay = new Map<string, UnderWay>();
  const heldUntil = ({ sentAt, until, isDead }: UnderWay): number =>
    isDead() ? Math.min(until, sentAt + CLAIM_LEAST_MS) : until;
  /** A machine on its way up may be looked at by its account's poll too, which claims no machine. */
  const isPolled = (id: string): boolean => {
    const row = facts.ledger.values().find(({ externalId }) => externalId === id);
    return row !== undefined && row.call !== "look";
  };
  return {
    name: "single call",
    called({ call, name, wasHeldUp, isDead }) {
      if (name === "" || call === "probe" || wasHeldUp || (call === "look" && isPolled(name))) return () => {};
      const before = underWay.get(name);
      if (before !== undefined && facts.now() < heldUntil(before))
        find(`${call} ${name} is sent while another call about it is under way`);
      const { create, other } = TRAITS.callTimeoutMs;
      const sentAt = facts.now();
      const mine = { sentAt, until: sentAt + (call === "create" ? create : other), isDead };
      underWay.set(name, mine);
      return () => {
        if (underWay.get(name) === mine) underWay.delete(name);
      };
    },
  };
};
