// Where machines can be put: what of it is there, and what it is called by the cloud itself.

import type { Where } from "../../core/blueprint/model.ts";
import type { Desk } from "./desk.ts";
import { orNull } from "../../cloud-http/faults.ts";
import { accountFault } from "./faults.ts";
import { type Called, idsCalled } from "./neutron.ts";
import { getKey } from "./nova.ts";

/** All by id. */
export interface Place {
  /** None: Nova chooses. */
  readonly networks: readonly string[];
  readonly securityGroups: readonly string[];
  /** The external network of its floating address, and the network on which it gets a port for that; null: it gets none. */
  readonly address: { readonly from: string; readonly on: string } | null;
}

const NO_EXTERNAL = "the account has no floatingNetwork, from which public addresses come";
const NO_OWN = "no network is named, and a machine with a public address needs one";

/** What of it is not there, in words; null: all is. The project's networks, groups and keys are the same in all of its zones. */
export async function lacks(desk: Desk, where: Where, signal: AbortSignal): Promise<string | null> {
  const { floatingNetwork } = desk.settings;
  const { networks = [], securityGroups = [], key, publicAddress } = where;
  const called: readonly Called[] = [
    ...networks.map((name) => ({ kind: "network", name }) as const),
    ...securityGroups.map((name) => ({ kind: "security group", name }) as const),
    ...(publicAddress === true && floatingNetwork !== null
      ? [{ kind: "external network", name: floatingNetwork } as const]
      : []),
  ];
  const [found, keyText] = await Promise.all([
    Promise.all(called.map(async (one) => wrongWith(one, await idsCalled(desk.session, one, signal)))),
    key === undefined ? null : lackedKey(desk, key, signal),
  ]);
  const missing = [...found, keyText].filter((text) => text !== null);
  const texts = [
    ...(missing.length === 0 ? [] : [`the project sees ${missing.join(", ")}`]),
    ...(publicAddress === true && floatingNetwork === null ? [NO_EXTERNAL] : []),
    ...(publicAddress === true && networks.length === 0 ? [NO_OWN] : []),
  ];
  return texts.length === 0 ? null : texts.join("; ");
}

function wrongWith({ kind, name }: Called, ids: readonly string[]): string | null {
  if (ids.length === 1) return null;
  return ids.length === 0 ? `no ${kind} ${name}` : `several of ${kind} ${name} (use an id)`;
}

async function lackedKey({ session }: Desk, name: string, signal: AbortSignal): Promise<string | null> {
  return (await orNull(getKey(session, name, signal))) === null ? `no key pair ${name} of this user` : null;
}

/** Throws a fault of the account for what is not there, or there more than once. */
export async function placeOf(desk: Desk, where: Where, signal: AbortSignal): Promise<Place> {
  const { networks = [], securityGroups = [], publicAddress } = where;
  const idOf = (one: Called): Promise<string> => idCalled(desk, one, signal);
  const ids: string[] = [];
  for (const name of networks) ids.push(await idOf({ kind: "network", name }));
  const groups: string[] = [];
  for (const name of securityGroups) groups.push(await idOf({ kind: "security group", name }));
  if (publicAddress !== true) return { networks: ids, securityGroups: groups, address: null };
  const { floatingNetwork } = desk.settings;
  const [on] = ids;
  if (floatingNetwork === null) throw accountFault("external_network_missing", NO_EXTERNAL);
  if (on === undefined) throw accountFault("network_missing", NO_OWN);
  const from = await idOf({ kind: "external network", name: floatingNetwork });
  return { networks: ids, securityGroups: groups, address: { from, on } };
}

async function idCalled({ session, named }: Desk, called: Called, signal: AbortSignal): Promise<string> {
  const { kind, name } = called;
  const known = named.get(`${kind} ${name}`);
  if (known !== undefined) return known;
  const ids = await idsCalled(session, called, signal);
  const wrong = wrongWith(called, ids);
  const [id] = ids;
  if (wrong !== null || id === undefined) {
    const code = ids.length > 1 ? "no_unique_match" : `${kind.replace(" ", "_")}_missing`;
    throw accountFault(code, `the project sees ${wrong}`);
  }
  named.set(`${kind} ${name}`, id);
  return id;
}
