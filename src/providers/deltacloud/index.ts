// Instances of a cloud behind Apache Deltacloud as machines. See README.md.

import { whereIn } from "../../core/market/where.ts";
import type { Cloud, Provider, ProviderTraits } from "../../ports/provider.ts";
import { parseAccount } from "./account.ts";
import { destroy, reboot, start } from "./actions.ts";
import { create, USER_DATA_BYTES_MOST } from "./create.ts";
import { type Desk, deskOf } from "./desk.ts";
import { FORM } from "./form.ts";
import { imageOf, imagesPage } from "./images.ts";
import { realmsOf, sizesPage } from "./offers.ts";
import { lacks } from "./places.ts";
import { CREATE_MS, openSession, OTHER_MS } from "./session.ts";
import { list, look, lookup } from "./sights.ts";
import { usage } from "./usage.ts";

const TRAITS: ProviderTraits = {
  // Deltacloud goes on with a create when nobody listens any more; it answers one request after the other, so that a list that comes later
  // is answered later. What its cloud does after that is found by the lists.
  visibilityMs: 30_000,
  callTimeoutMs: { create: CREATE_MS, other: OTHER_MS },
  usualBootMs: 5_000,
  // Whatever is looked at, one list has all of it.
  lookMost: 500,
  looksTogether: true,
  userDataBytesMost: USER_DATA_BYTES_MOST,
};

export const deltacloudProvider: Provider = {
  name: "deltacloud",
  form: FORM,
  open(account, credentials) {
    const settings = parseAccount(account, credentials);
    return openCloud(deskOf(openSession(settings), settings));
  },
};

function openCloud(desk: Desk): Cloud {
  const { settings } = desk;
  return {
    traits: TRAITS,
    sharesLoopback: false,
    realms: async (signal) => (await realmsOf(desk, signal)).map(({ id }) => id),
    sizes: (_cursor, signal) => sizesPage(desk, signal),
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
    // Deltacloud has none.
    console: async (_machine, signal) => {
      signal.throwIfAborted();
      return null;
    },
    list: (installation, _cursor, signal) => list(desk, installation, signal),
    // There is no login that could be ended.
    [Symbol.asyncDispose]: async () => undefined,
  };
}
