// Containers or virtual machines of a project of an LXD server as machines. They are made stopped and started in a second step. See README.md.

import { whereIn } from "../../core/market/where.ts";
import type { Cloud, Provider, ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { destroy, readConsole, reboot, start } from "./actions.ts";
import { create, USER_DATA_BYTES_MOST } from "./create.ts";
import { type Desk, deskOf } from "./desk.ts";
import { FORM } from "./form.ts";
import { imageOf, imagesPage } from "./images.ts";
import { usage } from "./limits.ts";
import { readOffers, REALM } from "./offers.ts";
import { lacks } from "./places.ts";
import { expectProject, list, look, lookup } from "./sights.ts";
import { watchLxd } from "./watch.ts";

const RECONNECT_MS = 1_000;

const TRAITS: ProviderTraits = {
  // Written to LXD's database some ms after the create was accepted, before its disk is made, and shown from then on.
  visibilityMs: 5_000,
  // A create whose answer was lost is in doubt for as long as one is waited for.
  callTimeoutMs: { create: 45_000, other: 45_000 },
  usualBootMs: 1_000,
  lookMost: 200,
  looksTogether: true,
  userDataBytesMost: USER_DATA_BYTES_MOST,
};

export const lxdProvider: Provider = {
  name: "lxd",
  form: FORM,
  open: (account, credentials) => openCloud(deskOf(parseAccount(account, credentials))),
};

function openCloud(desk: Desk): Cloud {
  const { settings } = desk;
  return {
    traits: TRAITS,
    sharesLoopback: false,
    realms: async (signal) => {
      await expectProject(desk, signal);
      return [REALM];
    },
    sizes: async (_cursor, signal) => ({ offers: await readOffers(desk, signal), unlisted: [], next: null }),
    usage: (signal) => usage(desk, signal),
    image: (choice, _realm, signal) => imageOf(desk, choice, signal),
    images: (_cursor, signal) => imagesPage(desk, signal),
    lacks: (where, realm, signal) => lacks(desk, whereIn(settings.where, realm, where), signal),
    create(request, _keep, signal) {
      const where = whereIn(settings.where, request.realm, request.where);
      return create(desk, { ...request, where }, signal);
    },
    lookup: (installation, machines, signal) => lookup(desk, { installation, machines }, signal),
    look: (machines, signal) => look(desk, machines, signal),
    start: (machine, signal) => start(desk, machine, signal),
    reboot: (machine, signal) => reboot(desk, machine, signal),
    destroy: (machine, signal) => destroy(desk, machine, signal),
    console: (machine, signal) => readConsole(desk, machine, signal),
    list: (installation, _cursor, signal) => list(desk, installation, signal),
    watch: (_installation, changed, signal) => watchLxd(desk.session, { changed, reconnectMs: RECONNECT_MS }, signal),
    // Nobody is logged in.
    [Symbol.asyncDispose]: async () => undefined,
  };
}
