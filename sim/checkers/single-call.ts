// Nobody is asked about one machine by two at the same time: a claim keeps others away until the call it was taken for is over.

import { TRAITS } from "../drawn-clouds.ts";
import type { CheckerOf } from "./checker.ts";

export const singleCall: CheckerOf = (facts, find) => {
  /** Until when the call that is under way may last. */
  const underWay = new Map<string, number>();
  return {
    name: "single call",
    called({ call, name, wasHeldUp }) {
      if (name === "" || call === "probe" || wasHeldUp) return () => {};
      const until = underWay.get(name);
      if (until !== undefined && facts.now() < until)
        find(`${call} ${name} is sent while another call about it is under way`);
      const { create, other } = TRAITS.callTimeoutMs;
      const mine = facts.now() + (call === "create" ? create : other);
      underWay.set(name, mine);
      return () => {
        if (underWay.get(name) === mine) underWay.delete(name);
      };
    },
  };
};
