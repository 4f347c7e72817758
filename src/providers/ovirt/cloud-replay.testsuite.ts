// An engine at the wire which answers as its script says, with bodies as a real one writes them: numbers as text, dates as numbers, empty
// lists without a key, an action around the fault of an action.

import type { IncomingMessage } from "node:http";
import { type Exchange as Scripted, optional, playScript } from "../../cloud-http/replay.samples.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { ovirtProvider } from "./index.ts";

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export type Exchange = Scripted<Asked>;

export const CENTER = "5b0f7d1e-0222-4b4a-8c6b-0242ac110003";
export const CLUSTER = "5b0f7d2c-01f5-4a1c-9d51-0242ac110003";
export const OTHER_CLUSTER = "7c2a3f10-8a5e-4c8e-a2b4-0242ac110004";
export const TEMPLATE = "31573b08-717b-43cc-825f-668e7b9fb3ac";
export const VM = "4db71538-9255-4ba3-a291-1240682dd8c6";
export const DISK = "a5dd889c-77f4-43bc-b981-bfc8f48b08ca";
export const NIC = "b22b0f5e-9e5d-4f4e-8d2a-6a2c59c2a001";
export const PROFILE = "0000000a-000a-000a-000a-000000000398";
export const SHOP_PROFILE = "0000000b-000b-000b-000b-000000000399";
export const QUOTA = "d1d1d1d1-1d1d-4d1d-8d1d-1d1d1d1d1d1d";

const API = "/ovirt-engine/api";
export const ON = {
  login: "POST /ovirt-engine/sso/oauth/token",
  logout: "POST /ovirt-engine/services/sso-logout",
  root: `GET ${API}`,
  centers: `GET ${API}/datacenters`,
  clusters: `GET ${API}/clusters`,
  types: `GET ${API}/instancetypes`,
  templates: `GET ${API}/templates`,
  template: `GET ${API}/templates/*`,
  templateDisks: `GET ${API}/templates/*/diskattachments`,
  create: `POST ${API}/vms`,
  vms: `GET ${API}/vms`,
  vm: `GET ${API}/vms/*`,
  start: `POST ${API}/vms/*/start`,
  stop: `POST ${API}/vms/*/stop`,
  end: `DELETE ${API}/vms/*`,
  nics: `GET ${API}/vms/*/nics`,
  addNic: `POST ${API}/vms/*/nics`,
  putNic: `PUT ${API}/vms/*/nics/*`,
  endNic: `DELETE ${API}/vms/*/nics/*`,
  disks: `GET ${API}/vms/*/diskattachments`,
  putDisk: `PUT ${API}/vms/*/diskattachments/*`,
  disk: `GET ${API}/disks/*`,
  endDisk: `DELETE ${API}/disks/*`,
  events: `GET ${API}/events`,
  networks: `GET ${API}/datacenters/*/networks`,
  profiles: `GET ${API}/vnicprofiles`,
  quotas: `GET ${API}/datacenters/*/quotas`,
  limits: `GET ${API}/datacenters/*/quotas/*/quotaclusterlimits`,
} as const;

export const SECRET = "engine-pass-word";

export const login = (token = "eyJhbGciOiJSUzI1NiJ9.one"): Exchange => ({
  on: ON.login,
  headers: { "content-type": "application/json" },
  body: { access_token: token, scope: "ovirt-app-api", exp: "9223372036854775807", token_type: "bearer" },
});

/** As httpd or a servlet container says it: no fault, and not the engine's own header. */
export function page(on: string, status: number, text = "Service Unavailable"): Exchange {
  const body = `<!DOCTYPE HTML><html><head><title>${status}</title></head><body><h1>${text}</h1></body></html>`;
  return { on, status, bytes: Buffer.from(body), headersFor: () => ({ "content-type": "text/html" }) };
}

export const expired = (on: string): Exchange => page(on, 401, "Unauthorized");

/** A fault of anything but an action. */
export function refusal(on: string, status: number, detail: string): Exchange {
  return { on, status, body: { detail: `[${detail}]`, reason: "Operation Failed" } };
}

export function actionRefusal(on: string, status: number, detail: string): Exchange {
  const fault = { detail: `[${detail}]`, reason: "Operation Failed" };
  return { on, status, body: { async: "false", fault, status: "failed" } };
}

export const done = (on: string): Exchange => ({ on, body: { status: "complete" } });

/** The engine's word for what is not there: nothing. */
export const missing = (on: string): Exchange => ({ on, status: 404 });

export const CENTERS: Exchange = {
  on: ON.centers,
  body: { data_center: [{ id: CENTER, name: "Default", status: "up", quota_mode: "disabled", local: "false" }] },
};

export const CLUSTERS: Exchange = {
  on: ON.clusters,
  body: {
    cluster: [
      { id: CLUSTER, name: "Default", cpu: { architecture: "x86_64", type: "Intel" }, data_center: { id: CENTER } },
      { id: OTHER_CLUSTER, name: "Power", cpu: { architecture: "ppc64" }, data_center: { id: CENTER } },
    ],
  },
};

/** Both are asked at once, in whatever order. */
export const PLACE: readonly Exchange[] = [CENTERS, CLUSTERS];

export const TYPES: Exchange = {
  on: ON.types,
  body: {
    instance_type: [
      { id: "1", name: "Small", memory: "2147483648", cpu: { topology: { sockets: "1", cores: "1", threads: "1" } } },
      { id: "2", name: "Large", memory: "8589934592", cpu: { topology: { sockets: "2", cores: "2", threads: "1" } } },
    ],
  },
};

export const TEMPLATE_DISKS: Exchange = {
  on: ON.templateDisks,
  body: { disk_attachment: [{ id: DISK, bootable: "true", disk: { id: DISK, provisioned_size: "10737418240" } }] },
};

/** What a first create asks for. */
export const BEFORE: readonly Exchange[] = [...PLACE, TYPES, TEMPLATE_DISKS];

export const commentFor = (name: string, more = ""): string =>
  `slipway-installation=suite slipway-machine=${name} slipway-realm=Default${more}`;

export function vm(name: string, status: string | undefined, given: object = {}) {
  return {
    id: VM,
    href: `${API}/vms/${VM}`,
    name,
    comment: commentFor(name),
    description: "Slipway suite0000000 web",
    ...(status === undefined ? {} : { status }),
    memory: "2147483648",
    cluster: { id: CLUSTER, href: `${API}/clusters/${CLUSTER}` },
    template: { id: TEMPLATE },
    creation_time: 1_606_900_000_000,
    stop_time: 1_606_900_000_000,
    ...given,
  };
}

const ip = (address: string, version = "v4") => ({ address, version });

/** Up, with a guest agent that tells of all it has. */
export const running = (name: string, given: object = {}) =>
  vm(name, "up", {
    start_time: 1_606_900_100_000,
    nics: {
      nic: [
        { id: "2", name: "nic2", reported_devices: { reported_device: [{ ips: { ip: [ip("10.2.0.9")] } }] } },
        {
          id: NIC,
          name: "nic1",
          vnic_profile: { id: PROFILE },
          reported_devices: {
            reported_device: [{ ips: { ip: [ip("fe80::1", "v6"), ip("fd00::7", "v6"), ip("10.1.0.7")] } }],
          },
        },
      ],
    },
    disk_attachments: { disk_attachment: [{ id: DISK, bootable: "true" }] },
    ...given,
  });

export const made = (name: string): Exchange => ({ on: ON.create, status: 202, body: vm(name, "image_locked") });
export const seen = (body: object): Exchange => ({ on: ON.vm, body });
export const listed = (...vms: readonly object[]): Exchange => ({
  on: ON.vms,
  body: vms.length === 0 ? {} : { vm: vms },
});
export const told = (...events: readonly object[]): Exchange => ({
  on: ON.events,
  body: events.length === 0 ? {} : { event: events },
});

export const event = (code: number, description: string, given: object = {}) => ({
  code: String(code),
  description,
  severity: "error",
  time: 1_606_900_200_000,
  vm: { id: VM },
  ...given,
});

export const cut = (on: string): Exchange => ({ on, end: "cut" });

export interface Opened extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly asked: readonly Asked[];
  readonly hanging: Promise<void>;
}

export const openAt = (url: string, settings: Readonly<Record<string, unknown>> = {}): Cloud =>
  ovirtProvider.open(
    { id: accountId("acc-1"), name: "lab", settings: { url, user: "slipway@internal", ...settings } },
    { password: SECRET },
  );

/** The engine sends the Correlation-Id back; what comes from elsewhere tells its own headers. */
function echoing(exchange: Exchange): Exchange {
  if (exchange.headersFor !== undefined) return exchange;
  return { ...exchange, headersFor: ({ headers }) => ({ "correlation-id": String(headers["correlation-id"]) }) };
}

/** A session to an engine that answers as told; the login comes by itself unless the script begins with one. */
export async function openReplayed(
  script: readonly Exchange[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Opened> {
  const entry = script.some(({ on }) => on === ON.login) ? [] : [optional(login())];
  const all = [...entry, ...script].map(echoing);
  const replay = await playScript(all, { read: readAsked });
  return {
    ...replay,
    cloud: openAt(`http://127.0.0.1:${replay.port}`, settings),
  };
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://engine");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const isForm = request.headers["content-type"] === "application/x-www-form-urlencoded";
  const body: unknown = text === "" ? null : isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
  return { path: url.pathname, query: url.searchParams, headers: request.headers, body };
}
