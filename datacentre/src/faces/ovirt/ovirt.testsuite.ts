// What tests of this face share: an engine on a clock of its own, and one who has logged in.

import { afterEach } from "vitest";
import type { CloudOperator } from "../../cloud-operator.ts";
import { createDatacentre, type Datacentre } from "../../datacentre.ts";
import { type ServedDatacentre, serveDatacentre } from "../../server.ts";
import type { CloudSettings } from "../../settings.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { type JsonAnswer, jsonAnswerOf } from "../faces.testsuite.ts";
import { OVIRT_CLOUDS } from "./clouds.ts";
import { ovirtFace } from "./face.ts";

const AT_ONCE = { kind: "fixed", ms: 0 } as const;

/** The engine's ways without its pace. */
const QUICK: Partial<CloudSettings> = {
  latency: AT_ONCE,
  imageCopy: AT_ONCE,
  boot: AT_ONCE,
  serviceDelay: AT_ONCE,
  stopping: AT_ONCE,
  visibilityMs: 0,
};

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OvirtStage {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly datacentre: Datacentre;
  readonly operator: CloudOperator;
  readonly token: string;
  /** Below /ovirt-engine/api, in JSON, with the token. */
  readonly ask: (path: string, sent?: Sent) => Promise<JsonAnswer>;
  /** Its status and `reason: detail`. */
  readonly refusal: (path: string, sent?: Sent) => Promise<string>;
  /** Id of a new VM in the roomy cluster. */
  readonly add: (name: string, more?: object) => Promise<string>;
  readonly status: (id: string) => Promise<unknown>;
  readonly act: (id: string, action: string) => Promise<JsonAnswer>;
}

/** Opens it with changes; it is closed after each test. */
export function ovirtStages(): (changes?: Partial<CloudSettings>) => Promise<OvirtStage> {
  let served: ServedDatacentre[] = [];
  afterEach(async () => {
    await Promise.all(served.map((each) => each.close()));
    served = [];
  });
  return async (changes = {}) => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const [first] = OVIRT_CLOUDS;
    if (first === undefined) throw new Error("there is no data centre");
    const parts = { ...first.parts, removal: AT_ONCE };
    const datacentre = createDatacentre({ clouds: [{ ...first, ...QUICK, parts, ...changes }], clock });
    const opened = await serveDatacentre(datacentre, { port: 0, face: ovirtFace });
    served.push(opened);
    return stageAt(opened.url, clock, datacentre);
  };
}

async function stageAt(url: string, clock: VirtualClock, datacentre: Datacentre): Promise<OvirtStage> {
  const { access_token: token } = Object((await login(url)).json);
  const ask = async (path: string, { method, body, headers = {} }: Sent = {}): Promise<JsonAnswer> =>
    jsonAnswerOf(
      await fetch(`${url}/ovirt-engine/api${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          "content-type": "application/json",
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
  return {
    url,
    clock,
    datacentre,
    operator: datacentre.cloud("Default"),
    token,
    ask,
    async refusal(path, sent) {
      const { status, json } = await ask(path, sent);
      const { fault = json } = Object(json);
      const { reason, detail } = Object(fault);
      return `${status} ${reason}: ${detail}`;
    },
    async add(name, more = {}) {
      const body = { name, cluster: { name: "roomy" }, template: { name: "debian-12" }, ...more };
      const answer = await ask("/vms", { body });
      if (answer.status !== 202) throw new Error(answer.text);
      return Object(answer.json).id;
    },
    status: async (id) => Object((await ask(`/vms/${id}`)).json).status,
    act: (id, action) => ask(`/vms/${id}/${action}`, { body: {} }),
  };
}

/** At the engine's single sign-on. */
export async function login(
  url: string,
  changes: Readonly<Record<string, string>> = {},
  accept = "application/json",
): Promise<JsonAnswer> {
  const form = {
    grant_type: "password",
    scope: "ovirt-app-api",
    username: "admin@internal",
    password: "engine-password",
    ...changes,
  };
  const sent = { method: "POST", headers: { accept }, body: new URLSearchParams(form) };
  return jsonAnswerOf(await fetch(`${url}/ovirt-engine/sso/oauth/token`, sent));
}
