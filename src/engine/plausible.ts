// Between a cloud and the engine: what the cloud answers is looked at before anybody relies on it.

import { isHandle, plausible } from "../core/world/plausible.ts";
import type { Fault, FaultEffect } from "../core/fault.ts";
import type { Handle, Observed } from "../core/machine.ts";
import { type Cloud, HandleNotKept, type Look, ProviderFault } from "../ports/provider.ts";

const UNREADABLE: Fault = {
  class: "transient",
  scope: "account",
  effect: "none",
  retryAfterMs: null,
  code: "unreadable_answer",
  text: "the cloud's answer: the id, the name, the realm or a part of a machine is none",
  requestId: null,
};

/** The same cloud. A machine that could not be found again by what is said of it is an answer that cannot be read. */
export function plausibleCloud(cloud: Cloud): Cloud {
  return {
    ...cloud,
    create: async (request, keep, signal) =>
      checked(await cloud.create(request, async (handle) => keep(held(handle)), signal), "unknown"),
    lookup: async (installation, machine, signal) =>
      (await cloud.lookup(installation, machine, signal)).map((one) => checked(one, "none")),
    look: async (machines, signal) => {
      const looks = await cloud.look(machines, signal);
      return new Map([...looks].map(([name, look]) => [name, checkedLook(look)]));
    },
    list: async (installation, cursor, signal) => {
      const listing = await cloud.list(installation, cursor, signal);
      return { ...listing, machines: listing.machines.map((one) => checked(one, "none")) };
    },
  };
}

function held(handle: Handle): Handle {
  if (isHandle(handle)) return handle;
  throw new HandleNotKept("the cloud's answer: the id of a machine's part is none");
}

/** Of several machines, one that cannot be read leaves the others as they are. */
function checkedLook(look: Look): Look {
  if (look.kind !== "seen") return look;
  const observed = plausible(look.observed);
  return observed === null ? { kind: "unknown", fault: UNREADABLE } : { ...look, observed };
}

function checked(observed: Observed, effect: FaultEffect): Observed {
  const known = plausible(observed);
  if (known !== null) return known;
  throw new ProviderFault({ ...UNREADABLE, effect });
}
