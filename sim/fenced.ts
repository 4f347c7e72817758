// Store and clouds as one simulated process sees them: every way in and out leads through its life, so that it can be hit there.

import type { Call } from "../src/core/machine.ts";
import { type Cloud, type Provider, ProviderFault } from "../src/ports/provider.ts";
import { type Store, StoreAway } from "../src/ports/store.ts";
import type { Life } from "./life.ts";

/** In the log of a process whose connections to the database were cut. */
export const CUT = "the connection was cut";

/** Statements and commits are hit in the store's own pause; here it is what comes back. */
export function fencedStore(life: Life, store: Store): Store {
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      if (!life.isFree()) await life.pass();
    }
  };
  return {
    async write(act) {
      const outcome = await settled(store.write(act));
      life.reach("committed");
      if (life.hearsNothing()) throw new StoreAway("unreachable", { cause: new Error(CUT) });
      if (!life.isFree()) await life.pass();
      return outcome;
    },
    read: (act) => settled(store.read(act)),
    keepTime: () => settled(store.keepTime()),
    onDue: (wake) =>
      store.onDue(() => {
        if (life.isFree()) wake();
        else void life.pass().then(wake);
      }),
    onEvents: (wake) => store.onEvents(wake),
    close: () => store.close(),
  };
}

const NOT_TRIED = { passed: false, answer: "not tried" } as const;

/** The process that calls. */
export interface Caller {
  /** It stood still between looking at its claim and sending. */
  readonly wasHeldUp: boolean;
  /** Whether it has died since. */
  readonly isDead: () => boolean;
}

/** Told of each call that goes out, after it was held up or not; the function it returns, of how it ended. */
export type CallWatch = (
  call: Call | "list" | "probe" | "realms" | "sizes" | "usage" | "image" | "lacks",
  name: string,
  caller: Caller,
) => (hadNoEffect: boolean) => void;

export function fencedProvider(life: Life, provider: Provider, watch: CallWatch): Provider {
  const send = async <T>(
    call: Parameters<CallWatch>[0],
    names: string | readonly string[],
    act: () => Promise<T>,
  ): Promise<T> => {
    life.reach("calling");
    const wasHeldUp = !life.isFree();
    if (wasHeldUp) await life.pass();
    const ends = [names].flat().map((name) => watch(call, name, { wasHeldUp, isDead: () => life.isDead() }));
    const ended = (hadNoEffect: boolean): void => ends.forEach((end) => end(hadNoEffect));
    try {
      const answer = await act();
      ended(false);
      return answer;
    } catch (error) {
      ended(error instanceof ProviderFault && error.fault.effect === "none");
      throw error;
    } finally {
      life.reach("answered");
      if (!life.isFree()) await life.pass();
    }
  };
  const fence = (cloud: Cloud): Cloud => ({
    traits: cloud.traits,
    sharesLoopback: cloud.sharesLoopback,
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
    realms: (signal) => send("realms", "", () => cloud.realms(signal)),
    sizes: (cursor, signal) => send("sizes", "", () => cloud.sizes(cursor, signal)),
    usage: (signal) => send("usage", "", () => cloud.usage(signal)),
    image: (choice, realm, signal) => send("image", "", () => cloud.image(choice, realm, signal)),
    lacks: (where, realm, signal) => send("lacks", "", async () => (await cloud.lacks?.(where, realm, signal)) ?? null),
    // Of several requests a dead process sends no further one.
    create: (request, keep, signal) =>
      send("create", request.name, () => cloud.create(request, keep, AbortSignal.any([signal, life.death]))),
    lookup: (installation, machines, signal) =>
      send(
        "lookup",
        machines.map(({ name }) => name),
        () => cloud.lookup(installation, machines, signal),
      ),
    look: (machines, signal) =>
      send(
        "look",
        machines.map(({ externalId }) => externalId),
        () => cloud.look(machines, signal),
      ),
    start: (machine, signal) => send("start", machine.externalId, () => cloud.start(machine, signal)),
    reboot: (machine, signal) => send("reboot", machine.externalId, async () => cloud.reboot?.(machine, signal)),
    destroy: (machine, signal) => send("destroy", machine.externalId, () => cloud.destroy(machine, signal)),
    console: (machine, signal) => send("console", machine.externalId, () => cloud.console(machine, signal)),
    list: (installation, cursor, signal) => send("list", "", () => cloud.list(installation, cursor, signal)),
    probe: (machine, check, signal) =>
      send("probe", machine.externalId, async () => (await cloud.probe?.(machine, check, signal)) ?? NOT_TRIED),
  });
  return { ...provider, open: (account, credentials) => fence(provider.open(account, credentials)) };
}
