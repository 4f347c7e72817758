// A small LXD at the wire, which answers as its script says, with bodies of a real one.

import type { IncomingMessage } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { bodyIn, type Exchange as Scripted, playScript } from "../../cloud-http/replay.samples.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { lxdProvider } from "./index.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Of the last create. */
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

export type Exchange = Scripted<Asked>;

const Create = z.object({ name: z.string(), config: z.record(z.string(), z.string()) });

async function readAsked(request: IncomingMessage, before: Asked | undefined): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://lxd");
  const body = await bodyIn(request);
  const create = Create.safeParse(body);
  const { name, config } = create.success ? create.data : { name: before?.name ?? "", config: before?.config ?? {} };
  return { method: request.method ?? "", path: url.pathname, query: url.searchParams, body, name, config };
}

const NO_ERROR = { operation: "", error_code: 0, error: "" };

export const sync = (metadata: unknown) => ({
  type: "sync",
  status: "Success",
  status_code: 200,
  ...NO_ERROR,
  metadata,
});

export const PROJECT: Exchange = { on: "GET /1.0/projects/slipway", body: sync({ name: "slipway", config: {} }) };

export const OPERATION = "ec5cf13e-efac-4962-a690-6c98178447a1";
export const ID = "1f7e191b-95c7-49d3-a6c5-07a313ba960d";

const operation = (status: string, code: number, err = "") => ({
  id: OPERATION,
  class: "task",
  description: "Creating instance",
  created_at: "2026-11-29T09:17:13.066364766Z",
  updated_at: "2026-11-29T09:17:13.162971408Z",
  status,
  status_code: code,
  resources: { containers: ["/1.0/containers/t1"], instances: ["/1.0/instances/t1"] },
  metadata: null,
  may_cancel: false,
  err,
  location: "none",
});

/** Begun with. */
export const begun = (on: string): Exchange => ({
  on,
  status: 202,
  body: {
    type: "async",
    status: "Operation created",
    status_code: 100,
    ...NO_ERROR,
    operation: `/1.0/operations/${OPERATION}`,
    metadata: operation("Running", 103),
  },
});

const WAIT = "GET /1.0/operations/*/wait";
export const ended: Exchange = { on: WAIT, body: sync(operation("Success", 200)) };
export const goesOn: Exchange = { on: WAIT, body: sync(operation("Running", 103)) };
export const failed = (err: string): Exchange => ({ on: WAIT, body: sync(operation("Failure", 400, err)) });

export const refusal = (on: string, code: number, error: string): Exchange => ({
  on,
  status: code,
  body: { type: "error", status: "", status_code: 0, operation: "", error_code: code, error, metadata: null },
});

export const forgotten = refusal(WAIT, 404, "Operation not found");

export const CREATE = "POST /1.0/instances";
export const LIST = "GET /1.0/instances";
export const ONE = "GET /1.0/instances/*";
export const STATE = "GET /1.0/instances/*/state";

export const OWNED = { "user.slipway-installation": "suite", "user.slipway-machine": "t1" };

/** As a list or an instance shows it. */
export const instance = (given: object = {}, config: object = OWNED) => ({
  architecture: "x86_64",
  config: { "limits.cpu": "1", "limits.memory": "48MiB", "volatile.uuid": ID, ...config },
  devices: {},
  ephemeral: false,
  profiles: ["default"],
  stateful: false,
  description: "",
  created_at: "2026-11-29T09:17:13.07548107Z",
  expanded_config: {},
  expanded_devices: {
    eth0: { name: "eth0", network: "lxlab-east", type: "nic" },
    root: { path: "/", pool: "lab", type: "disk" },
  },
  name: "t1",
  status: "Stopped",
  status_code: 102,
  last_used_at: "1970-01-01T00:00:00Z",
  location: "none",
  type: "container",
  project: "slipway",
  ...given,
});

export const RUNNING = { status: "Running", status_code: 103, last_used_at: "2026-11-29T09:17:13.646460991Z" };

/** The machine of the last create. */
export const asCreated =
  (given: object = {}) =>
  ({ name, config }: Asked) =>
    sync(instance({ name, ...given }, config));

/** The same in a list. */
export const listedAsCreated =
  (given: object = {}) =>
  ({ name, config }: Asked) =>
    sync([instance({ name, ...given }, config)]);

export const state = (addresses: readonly object[]) =>
  sync({
    status: "Running",
    status_code: 103,
    disk: {},
    network: {
      lo: { addresses: [{ family: "inet", address: "127.0.0.1", netmask: "8", scope: "local" }], type: "loopback" },
      eth0: { addresses, hwaddr: "00:16:3e:b2:05:c7", state: "up", type: "broadcast" },
    },
    pid: 9918,
  });

export const ADDRESS = { family: "inet", address: "10.77.1.217", netmask: "24", scope: "global" };

export const SERVER: Exchange = {
  on: "GET /1.0",
  body: sync({
    api_version: "1.0",
    auth: "trusted",
    api_extensions: ["api_filtering", "cloud_init", "certificate_token"],
    environment: { driver: "lxc", server_version: "5.0.2", kernel_architecture: "x86_64" },
  }),
};

export interface LxdReplay extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly asked: readonly Asked[];
  readonly hanging: Promise<void>;
}

export async function openReplay(script: readonly Exchange[], settings: object = {}): Promise<LxdReplay> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-lxd-"));
  const path = join(folder, "unix.socket");
  const replay = await playScript(script, { listen: { path }, read: readAsked });
  const given = { endpoint: `unix://${path}`, project: "slipway", ...settings };
  return {
    cloud: lxdProvider.open({ id: accountId("acc-1"), name: "lxd", settings: given }, {}),
    asked: replay.asked,
    hanging: replay.hanging,
    async [Symbol.asyncDispose]() {
      await replay[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Methods and paths, in their order. */
export const paths = ({ asked }: Pick<LxdReplay, "asked">): readonly string[] =>
  asked.map(({ method, path }) => `${method} ${path}`);
