// Networks, security groups and keys of the tests' own project, and what a server there has of them.

import { z } from "zod";
import type { Placed } from "../../ports/provider-suite/placement.testsuite.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { orNull } from "../../cloud-http/faults.ts";
import { LAB, tester, untilSo } from "./lab.testsuite.ts";

export const PLACES = { network: "suite-back", groups: ["suite-inside", "suite-web"], key: "suite-ops" } as const;

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3uQ0ZbKc0l6hQx5vJm2w8rTt9n4pYk1sDfGhJkLzXc";

const calm = (): AbortSignal => new AbortController().signal;
const compute = { service: "compute" } as const;
const network = { service: "network" } as const;
const nothing = (): void => undefined;

const Named = z.array(z.object({ id: z.string(), name: z.string() }));

async function post(path: string, body: object): Promise<string> {
  const [kind = ""] = Object.keys(body);
  const read = (value: unknown): string =>
    z.object({ [kind]: z.object({ id: z.string() }) }).parse(value)[kind]?.id ?? "";
  return tester.ask({ ...network, method: "POST", path, body, read }, calm());
}

export async function makePlaces(): Promise<void> {
  const id = await post("/v2.0/networks", { network: { name: PLACES.network } });
  const subnet = { network_id: id, name: PLACES.network, ip_version: 4, cidr: "10.78.0.0/16", enable_dhcp: false };
  await post("/v2.0/subnets", { subnet });
  for (const name of PLACES.groups) await post("/v2.0/security-groups", { security_group: { name } });
  const body = { keypair: { name: PLACES.key, public_key: PUBLIC_KEY } };
  await tester.ask({ ...compute, method: "POST", path: "/os-keypairs", body, read: nothing }, calm());
}

interface Kind {
  readonly path: string;
  readonly many: string;
  readonly one: string;
}

const NETWORKS: Kind = { path: "/v2.0/networks", many: "networks", one: "network" };
const GROUPS: Kind = { path: "/v2.0/security-groups", many: "security_groups", one: "security_group" };

/** Of the project itself, but for the group that Neutron makes in each. */
async function own({ path, many }: Kind) {
  const at = `${path}?project_id=${LAB.projectId}`;
  const read = (value: unknown) => z.record(z.string(), Named).parse(value)[many] ?? [];
  const all = await tester.ask({ ...network, method: "GET", path: at, read }, calm());
  return all.filter(({ name }) => name !== "default");
}

/** What is in use cannot go, so that it gets another name instead; a key goes. */
export async function takeAway(): Promise<void> {
  for (const kind of [NETWORKS, GROUPS]) {
    for (const { id, name } of await own(kind)) {
      const body = { [kind.one]: { name: `${name}-gone` } };
      await tester.ask({ ...network, method: "PUT", path: `${kind.path}/${id}`, body, read: nothing }, calm());
    }
  }
  await removeKey(PLACES.key);
}

const removeKey = (name: string): Promise<unknown> =>
  orNull(tester.ask({ ...compute, method: "DELETE", path: `/os-keypairs/${name}`, read: nothing }, calm()));

/** When the project has no servers. */
export async function clearPlaces(): Promise<void> {
  for (const name of Object.keys(await keys())) await removeKey(name);
  for (const kind of [NETWORKS, GROUPS]) {
    for (const { id } of await own(kind)) await untilSo(() => isRemoved(`${kind.path}/${id}`));
  }
}

/** False while something is still in it. */
async function isRemoved(path: string): Promise<boolean> {
  try {
    await tester.ask({ ...network, method: "DELETE", path, read: nothing }, calm());
    return true;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "conflict") return false;
    throw error;
  }
}

const Keys = z.object({
  keypairs: z.array(z.object({ keypair: z.object({ name: z.string(), public_key: z.string() }) })),
});

async function keys(): Promise<Readonly<Record<string, string>>> {
  const path = "/os-keypairs";
  const { keypairs } = await tester.ask(
    { ...compute, method: "GET", path, read: (value) => Keys.parse(value) },
    calm(),
  );
  return Object.fromEntries(keypairs.map(({ keypair }) => [keypair.name, keypair.public_key]));
}

export async function broughtKeys(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(Object.entries(await keys()).filter(([name]) => name !== PLACES.key));
}

const Shown = z.object({
  server: z.object({
    addresses: z.record(z.string(), z.unknown()),
    security_groups: z.array(z.object({ name: z.string() })).optional(),
    key_name: z.string().nullable(),
  }),
});

export async function placed(id: string): Promise<Placed> {
  const path = `/servers/${id}`;
  const asked = { ...compute, method: "GET", path, read: (value: unknown) => Shown.parse(value) } as const;
  const { addresses, security_groups: groups = [], key_name: key } = (await tester.ask(asked, calm())).server;
  return {
    networks: Object.keys(addresses),
    // Told once for each port.
    securityGroups: [...new Set(groups.map(({ name }) => name))].toSorted(),
    key,
    isSpot: false,
    host: null,
  };
}
