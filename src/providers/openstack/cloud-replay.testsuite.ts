// A small cloud at the wire, with Keystone, Nova, Glance and Neutron on one port, which answers as its script says, with bodies as the
// real services send them.

import type { IncomingMessage } from "node:http";
import { bodyIn, type Exchange as Scripted, playScript } from "../../cloud-http/replay.samples.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { openstackProvider } from "./index.ts";

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export type Exchange = Scripted<Asked>;

export const PROJECT = "f6fa7efc882a49819c39d7bf9c2994ef";
export const IMAGE = "6c4dc0bf-aac2-47f5-b115-3e0f53e51f99";
export const NETWORK = "083cafda-2149-4011-b03a-5739bc1c952a";
export const SERVER = "4d6ef1b1-c927-4380-bb1e-b9ea37073678";
export const PORT = "d7504615-e810-4809-b97a-0a817bc75d10";
export const ADDRESS = "0b6f3ad5-5c6c-4a2e-8e5c-6f3f7f4d0c11";

export const ON = {
  login: "POST /identity/v3/auth/tokens",
  projects: "GET /identity/v3/auth/projects",
  version: "GET /compute/v2.1/",
  create: "POST /compute/v2.1/servers",
  names: "GET /compute/v2.1/servers",
  servers: "GET /compute/v2.1/servers/detail",
  server: "GET /compute/v2.1/servers/*",
  end: "DELETE /compute/v2.1/servers/*",
  act: "POST /compute/v2.1/servers/*/action",
  flavors: "GET /compute/v2.1/flavors/detail",
  zones: "GET /compute/v2.1/os-availability-zone",
  limits: "GET /compute/v2.1/limits",
  keys: "GET /compute/v2.1/os-keypairs",
  key: "GET /compute/v2.1/os-keypairs/*",
  makeKey: "POST /compute/v2.1/os-keypairs",
  endKey: "DELETE /compute/v2.1/os-keypairs/*",
  images: "GET /image/v2/images",
  networks: "GET /network/v2.0/networks",
  groups: "GET /network/v2.0/security-groups",
  ports: "GET /network/v2.0/ports",
  port: "POST /network/v2.0/ports",
  endPort: "DELETE /network/v2.0/ports/*",
  addresses: "GET /network/v2.0/floatingips",
  address: "POST /network/v2.0/floatingips",
  endAddress: "DELETE /network/v2.0/floatingips/*",
  volume: `GET /volume/v3/${PROJECT}/volumes/*`,
  endVolume: `DELETE /volume/v3/${PROJECT}/volumes/*`,
  volumeLimits: `GET /volume/v3/${PROJECT}/limits`,
  quota: "GET /network/v2.0/quotas/*/details.json",
} as const;

/** A token of four hours, and the catalogue of a cloud whose services are all on this port. */
export function login(
  token = "gAAAAABrC1LDSqa7",
  given: { readonly livesMs?: number; readonly regions?: readonly string[] } = {},
): Exchange {
  const { livesMs = 4 * 60 * 60_000, regions = ["RegionOne"] } = given;
  const issued = Date.parse("2026-11-28T22:16:35Z");
  return {
    on: ON.login,
    status: 201,
    headers: { "x-subject-token": token },
    answer({ headers }) {
      const service = (type: string, path: string) => ({
        type,
        name: type,
        endpoints: ["public", "internal"].flatMap((one) =>
          regions.map((region) => ({
            interface: one,
            region_id: region,
            region,
            url: `http://${headers.host}${path}`,
          })),
        ),
      });
      return {
        token: {
          methods: ["password"],
          issued_at: new Date(issued).toISOString(),
          expires_at: new Date(issued + livesMs).toISOString(),
          project: { domain: { id: "default", name: "Default" }, id: PROJECT, name: "demo" },
          roles: [{ id: "cfbb116acf9e4d4a939ab91d92373c21", name: "member" }],
          catalog: [
            service("compute", `/compute/v2.1/${PROJECT}`),
            service("image", "/image"),
            service("network", "/network/v2.0"),
            service("volumev3", `/volume/v3/${PROJECT}`),
          ],
        },
      };
    },
  };
}

export const VERSION: Exchange = {
  on: ON.version,
  body: { version: { id: "v2.1", status: "CURRENT", version: "2.93", min_version: "2.1" } },
};

export const UNAUTHORIZED = {
  error: { code: 401, message: "The request you have made requires authentication.", title: "Unauthorized" },
};

/** A refusal as Nova writes it. */
export function refusal(on: string, status: number, message: string): Exchange {
  const KINDS: Readonly<Record<number, string>> = {
    400: "badRequest",
    403: "forbidden",
    404: "itemNotFound",
    409: "conflictingRequest",
    413: "overLimit",
    429: "overLimit",
    500: "computeFault",
    503: "serviceUnavailable",
  };
  return { on, status, body: { [KINDS[status] ?? "computeFault"]: { code: status, message } } };
}

/** As Neutron writes it. */
export function networkRefusal(
  on: string,
  status: number,
  { type, message }: { type: string; message: string },
): Exchange {
  return { on, status, body: { NeutronError: { type, message, detail: "" } } };
}

export const missing = (on: string = ON.server, id = SERVER): Exchange =>
  refusal(on, 404, `Instance ${id} could not be found.`);

export const CREATED: Exchange = {
  on: ON.create,
  status: 202,
  body: {
    server: {
      id: SERVER,
      links: [{ rel: "self", href: `http://127.0.0.1:8774/v2.1/servers/${SERVER}` }],
      "OS-DCF:diskConfig": "MANUAL",
      security_groups: [{ name: "default" }],
      adminPass: "ChVxi9sLyo4L",
    },
  },
};

const FLAVOR = {
  swap: 0,
  "OS-FLV-EXT-DATA:ephemeral": 0,
  "OS-FLV-DISABLED:disabled": false,
  "os-flavor-access:is_public": true,
  rxtx_factor: 1,
  links: [],
  description: null,
  extra_specs: {},
};

export function flavor(id: string, name: string, given: object = {}) {
  return { ...FLAVOR, id, name, vcpus: 1, ram: 1024, disk: 5, ...given };
}

export const FLAVORS: Exchange = { on: ON.flavors, body: { flavors: [flavor("2", "lab.small")] } };

/** A server as Nova shows it in a project of its owner. */
export function server(name: string, given: object = {}) {
  return {
    id: SERVER,
    name,
    status: "ACTIVE",
    tenant_id: PROJECT,
    metadata: { "slipway-installation": "suite", "slipway-machine": name, "slipway-realm": "az1" },
    hostId: "afc1206ce107535a0cb38e7475dd06ecb2ee821e0eb1b18712bafcde",
    image: { id: IMAGE, links: [] },
    flavor: { vcpus: 1, ram: 1024, disk: 5, ephemeral: 0, swap: 0, original_name: "lab.small", extra_specs: {} },
    created: "2026-11-28T22:16:35Z",
    updated: "2026-11-28T22:16:37Z",
    addresses: {
      "lab-net": [
        { version: 4, addr: "10.77.3.227", "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:65:eb:c3" },
      ],
    },
    accessIPv4: "",
    accessIPv6: "",
    "OS-EXT-AZ:availability_zone": "az2",
    "OS-EXT-STS:task_state": null,
    "OS-EXT-STS:vm_state": "active",
    "OS-EXT-STS:power_state": 1,
    tags: [],
    ...given,
  };
}

export const failed = (name: string, message: string, code = 500) =>
  server(name, {
    status: "ERROR",
    addresses: {},
    hostId: "",
    fault: { code, created: "2026-11-28T22:16:36Z", message },
    "OS-EXT-STS:vm_state": "error",
  });

export interface Opened extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly asked: readonly Asked[];
  readonly hanging: Promise<void>;
  readonly url: string;
}

export const ACCOUNT = { user: "demo", project: "demo" } as const;

/** A session to a cloud that answers as told; the login comes by itself unless the script begins with one. */
export async function openReplayed(
  script: readonly Exchange[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Opened> {
  const entry = script[0]?.on === ON.login ? [] : [login(), VERSION];
  const replay = await playScript([...entry, ...script], { read: readAsked });
  const url = `http://127.0.0.1:${replay.port}`;
  const account = {
    id: accountId("acc-1"),
    name: "lab",
    settings: { authUrl: `${url}/identity/v3`, ...ACCOUNT, ...settings },
  };
  return {
    ...replay,
    cloud: openstackProvider.open(account, { password: "labpw-secret" }),
    url,
  };
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://cloud");
  return { path: url.pathname, query: url.searchParams, headers: request.headers, body: await bodyIn(request) };
}
