// Virtual machines of one host, by its libvirt. A machine that was made stands still and waits for our start. See README.md.

import type { Cloud, Provider, ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { destroy, reboot, start } from "./actions.ts";
import { readImage, volumesIn } from "./calls.ts";
import { create, USER_DATA_BYTES_MOST } from "./create.ts";
import { type Desk, hostOf, REALM } from "./desk.ts";
import { FORM } from "./form.ts";
import { readVolumeName } from "./names.ts";
import { readOffer, readUsage } from "./offers.ts";
import { whereIn } from "../../core/market/where.ts";
import { lacks } from "./places.ts";
import { openSession } from "./session.ts";
import { list, look, lookup, readConsole } from "./sights.ts";
import { watchDomains } from "./watch.ts";

const RECONNECT_MS = 1000;

const TRAITS: ProviderTraits = {
  // A domain is there as soon as its definition is answered, also where the answer comes to nobody any more.
  visibilityMs: 5_000,
  // An emulator that does not end when it is asked to is waited for 15 s by the daemon itself.
  callTimeoutMs: { create: 60_000, other: 45_000 },
  usualBootMs: 1_000,
  lookMost: 64,
  looksTogether: false,
  userDataBytesMost: USER_DATA_BYTES_MOST,
};

export const libvirtProvider: Provider = {
  name: "libvirt",
  form: FORM,
  open(account, credentials) {
    const settings = parseAccount(account, credentials);
    const { endpoint } = settings;
    return openCloud({ settings, sights: openSession(endpoint), acts: openSession(endpoint), host: null });
  },
};

function openCloud(desk: Desk): Cloud {
  const { settings, sights, acts } = desk;
  return {
    traits: TRAITS,
    sharesLoopback: false,
    realms: async (signal) => {
      await hostOf(desk, signal);
      return [REALM];
    },
    sizes: async (_cursor, signal) => ({ offers: [await readOffer(desk, signal)], unlisted: [], next: null }),
    usage: (signal) => readUsage(desk, signal),
    image: async (choice, _realm, signal) => {
      const image = await readImage(sights, { pool: settings.imagePool, name: choice }, signal);
      return image === null ? { image: null, text: null } : { image: choice };
    },
    images: async (_cursor, signal) => {
      const names = await volumesIn(sights, settings.imagePool, signal);
      const images = names.filter((name) => readVolumeName(name) === null);
      return { images: images.map((name) => ({ realm: REALM, choice: name, image: name })), next: null };
    },
    lacks: (where, realm, signal) => lacks(sights, whereIn(settings.where, realm, where), signal),
    create: (request, keep, signal) => create(desk, { request, keep }, signal),
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: (machine, signal) => start(desk, machine, signal),
    reboot: (machine, signal) => reboot(desk, machine, signal),
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: (machine, signal) => readConsole(desk, machine, signal),
    list: (installation, _cursor, signal) => list(desk, installation, signal),
    watch: (installation, changed, signal) =>
      watchDomains(sights, { installation, changed, reconnectMs: RECONNECT_MS }, signal),
    async [Symbol.asyncDispose]() {
      await Promise.all([sights[Symbol.asyncDispose](), acts[Symbol.asyncDispose]()]);
    },
  };
}
