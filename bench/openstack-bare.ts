// What bench/openstack.ts measures Slipway against: the least that brings up its graph on Nova. No ledger, no faults, no way back; each server is asked for as
// soon as those before it are ACTIVE, and one list, a tenth of a second after the one before, tells of all.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { LAB } from "../src/providers/openstack/lab.testsuite.ts";

const POLL_MS = 100;

export interface Wanted {
  readonly flavor: string;
  readonly dependsOn: readonly string[];
}

interface Addresses {
  readonly token: string;
  readonly nova: string;
  readonly neutron: string;
}

const Login = z.object({
  token: z.object({
    catalog: z.array(
      z.object({ type: z.string(), endpoints: z.array(z.object({ interface: z.string(), url: z.string() })) }),
    ),
  }),
});
const Named = z.array(z.object({ id: z.string(), name: z.string() }));
const Listed = z.object({ servers: z.array(z.object({ name: z.string(), status: z.string() })) });

async function login(): Promise<Addresses> {
  const domain = { name: "Default" };
  const user = { name: LAB.user, password: LAB.password, domain };
  const scope = { project: { name: LAB.project, domain } };
  const reply = await fetch(`${LAB.authUrl}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: { identity: { methods: ["password"], password: { user } }, scope } }),
  });
  const { catalog } = Login.parse(await reply.json()).token;
  const addressOf = (type: string): string =>
    catalog.find((one) => one.type === type)?.endpoints.find((one) => one.interface === "public")?.url ?? "";
  const token = reply.headers.get("x-subject-token") ?? "";
  return { token, nova: addressOf("compute"), neutron: addressOf("network") };
}

export interface BareClient {
  /** Resolves when all are ACTIVE. */
  launch(graph: ReadonlyMap<string, Wanted>, prefix: string): Promise<void>;
}

export async function bareClient(): Promise<BareClient> {
  const { token, nova, neutron } = await login();
  const headers = {
    "content-type": "application/json",
    "x-auth-token": token,
    "openstack-api-version": "compute 2.37",
  };
  async function ask(method: "GET" | "POST", url: string, body?: object): Promise<unknown> {
    const reply = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }
  const { flavors } = z.object({ flavors: Named }).parse(await ask("GET", `${nova}/flavors`));
  const network = `${neutron}/v2.0/networks?name=${LAB.network}`;
  const { networks } = z.object({ networks: Named }).parse(await ask("GET", network));
  const post = async (name: string, flavor: string): Promise<void> => {
    const flavorRef = flavors.find((one) => one.name === flavor)?.id;
    const nics = networks.map(({ id: uuid }) => ({ uuid }));
    await ask("POST", `${nova}/servers`, { server: { name, flavorRef, imageRef: LAB.image, networks: nics } });
  };
  return {
    async launch(graph, prefix) {
      const asked = new Set<string>();
      const active = new Set<string>();
      while (active.size < graph.size) {
        const due = [...graph].filter(
          ([name, { dependsOn }]) => !asked.has(name) && dependsOn.every((one) => active.has(one)),
        );
        for (const [name] of due) asked.add(name);
        await Promise.all(due.map(([name, { flavor }]) => post(`${prefix}${name}`, flavor)));
        const { servers } = Listed.parse(await ask("GET", `${nova}/servers/detail?name=${prefix}`));
        const failed = servers.find(({ status }) => status === "ERROR");
        if (failed !== undefined) throw new Error(`${failed.name} went to ERROR`);
        for (const { name, status } of servers) if (status === "ACTIVE") active.add(name.slice(prefix.length));
        if (active.size < graph.size) await sleep(POLL_MS);
      }
    },
  };
}
