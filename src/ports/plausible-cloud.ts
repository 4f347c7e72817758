// Between a cloud and whoever calls it: what it answers is looked at before anybody relies on it.

import { isHandle, isName, plausible } from "../core/world/plausible.ts";
import type { Fault, FaultEffect } from "../core/fault.ts";
import type { Handle, Observed } from "../core/machine.ts";
import {
  type Cloud,
  type Found,
  HandleNotKept,
  type ImageChoice,
  type ImagesPage,
  type Look,
  ProviderFault,
} from "./provider.ts";

const UNREADABLE: Fault = {
  class: "transient",
  scope: "account",
  effect: "none",
  retryAfterMs: null,
  code: "unreadable_answer",
  text: "the cloud's answer: the id, the name, the realm or a part of a machine is none",
  requestId: null,
};

/**
 * The same cloud, member by member, for it may be written as a class. A machine that could not be found again by what is said of it is an
 * answer that cannot be read.
 */
export function plausibleCloud(cloud: Cloud): Cloud {
  const images = cloud.images?.bind(cloud);
  const lacks = cloud.lacks?.bind(cloud);
  const probe = cloud.probe?.bind(cloud);
  const watch = cloud.watch?.bind(cloud);
  const reboot = cloud.reboot?.bind(cloud);
  return {
    traits: cloud.traits,
    sharesLoopback: cloud.sharesLoopback,
    realms: (signal) => cloud.realms(signal),
    sizes: (cursor, signal) => cloud.sizes(cursor, signal),
    usage: (signal) => cloud.usage(signal),
    image: async (choice, realm, signal) => checkedChoice(await cloud.image(choice, realm, signal)),
    create: async (request, keep, signal) =>
      checked(await cloud.create(request, async (handle) => keep(held(handle)), signal), "unknown"),
    lookup: async (installation, machines, signal) => {
      const founds = await cloud.lookup(installation, machines, signal);
      return new Map([...founds].map(([name, found]) => [name, checkedFound(found)]));
    },
    look: async (machines, signal) => {
      const looks = await cloud.look(machines, signal);
      return new Map([...looks].map(([name, look]) => [name, checkedLook(look)]));
    },
    start: (machine, signal) => cloud.start(machine, signal),
    destroy: (machine, signal) => cloud.destroy(machine, signal),
    console: (machine, signal) => cloud.console(machine, signal),
    list: async (installation, cursor, signal) => {
      const listing = await cloud.list(installation, cursor, signal);
      return { ...listing, machines: listing.machines.map((one) => checked(one, "none")) };
    },
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
    ...(images === undefined ? {} : { images: async (...asked) => named(await images(...asked)) }),
    ...(lacks === undefined ? {} : { lacks }),
    ...(reboot === undefined ? {} : { reboot }),
    ...(probe === undefined ? {} : { probe }),
    ...(watch === undefined ? {} : { watch }),
  };
}

/** Names that no row can hold are of no use as hints. */
function named(page: ImagesPage): ImagesPage {
  return { ...page, images: page.images.filter((one) => [one.realm, one.choice, one.image].every(isName)) };
}

function checkedChoice(choice: ImageChoice): ImageChoice {
  if (choice.image === null || isName(choice.image)) return choice;
  const text = "the cloud's answer: the id of an image is none";
  throw new ProviderFault({ ...UNREADABLE, scope: "realm", text });
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

function checkedFound(found: Found): Found {
  if (found.kind !== "found") return found;
  const observed = found.observed.flatMap((one) => plausible(one) ?? []);
  return observed.length < found.observed.length ? { kind: "unknown", fault: UNREADABLE } : { ...found, observed };
}

function checked(observed: Observed, effect: FaultEffect): Observed {
  const known = plausible(observed);
  if (known !== null) return known;
  throw new ProviderFault({ ...UNREADABLE, effect });
}
