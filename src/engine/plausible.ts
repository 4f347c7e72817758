// Between a cloud and the engine: what the cloud answers is looked at before anybody relies on it.

import { plausible } from "../core/plausible.ts";
import type { FaultEffect } from "../core/fault.ts";
import type { Observed } from "../core/machine.ts";
import { type Cloud, ProviderFault } from "../ports/provider.ts";

/** The same cloud. A machine that could not be found again by what is said of it is an answer that cannot be read. */
export function plausibleCloud(cloud: Cloud): Cloud {
  return {
    ...cloud,
    create: async (request, signal) => checked(await cloud.create(request, signal), "unknown"),
    lookup: async (installation, name, signal) =>
      (await cloud.lookup(installation, name, signal)).map((one) => checked(one, "none")),
    look: async (externalId, signal) => {
      const observed = await cloud.look(externalId, signal);
      return observed === null ? null : checked(observed, "none");
    },
    list: async (installation, cursor, signal) => {
      const listing = await cloud.list(installation, cursor, signal);
      return { ...listing, machines: listing.machines.map((one) => checked(one, "none")) };
    },
  };
}

function checked(observed: Observed, effect: FaultEffect): Observed {
  const known = plausible(observed);
  if (known !== null) return known;
  throw new ProviderFault({
    class: "transient",
    scope: "account",
    effect,
    retryAfterMs: null,
    code: "unreadable_answer",
    text: "the cloud's answer: the id or the name of a machine is none",
    requestId: null,
  });
}
