// What tests of this face share: a cloud on a clock of its own, and one who has logged in.

import { afterEach } from "vitest";
import type { CloudOperator } from "../../cloud-operator.ts";
import { createDatacentre, type Datacentre } from "../../datacentre.ts";
import { type ServedDatacentre, serveDatacentre } from "../../server.ts";
import type { CloudSettings } from "../../settings.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { type JsonAnswer, jsonAnswerOf } from "../faces.testsuite.ts";
import { OPENSTACK_CLOUDS } from "./clouds.ts";
import { openstackFace } from "./face.ts";
import { flavorId, uuidOf } from "./names.ts";

const AT_ONCE = { kind: "fixed", ms: 0 } as const;

/** OpenStack's ways without its pace. */
const QUICK: Partial<CloudSettings> = {
  latency: AT_ONCE,
  scheduling: AT_ONCE,
  boot: AT_ONCE,
  serviceDelay: AT_ONCE,
  stopping: AT_ONCE,
  removal: AT_ONCE,
};

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OpenstackStage {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly datacentre: Datacentre;
  readonly operator: CloudOperator;
  /** With the token. */
  readonly ask: (path: string, sent?: Sent) => Promise<JsonAnswer>;
  /** Id of a new server in the roomy zone. */
  readonly add: (name: string, more?: object) => Promise<string>;
  readonly server: (id: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly act: (id: string, action: string, given?: unknown) => Promise<JsonAnswer>;
}

export const NOVA = "/compute/v2.1";

/** What a server is asked for with. */
export function orderOf(name: string, more: object = {}): object {
  const networks = [{ uuid: uuidOf("network", "private") }];
  const own = { name, flavorRef: flavorId("m1.small"), imageRef: uuidOf("image", "debian-12"), networks };
  return { server: { ...own, availability_zone: "az1", ...more } };
}

/** Opens it with changes; it is closed after each test. */
export function openstackStages(): (changes?: Partial<CloudSettings>) => Promise<OpenstackStage> {
  let served: ServedDatacentre[] = [];
  afterEach(async () => {
    await Promise.all(served.map((each) => each.close()));
    served = [];
  });
  return async (changes = {}) => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const [first] = OPENSTACK_CLOUDS;
    if (first === undefined) throw new Error("there is no region");
    const datacentre = createDatacentre({ clouds: [{ ...first, ...QUICK, ...changes }], clock });
    const opened = await serveDatacentre(datacentre, { port: 0, face: openstackFace });
    served.push(opened);
    return stageAt(opened.url, clock, datacentre);
  };
}

async function stageAt(url: string, clock: VirtualClock, datacentre: Datacentre): Promise<OpenstackStage> {
  const { headers } = await login(url);
  const token = headers.get("x-subject-token") ?? "";
  const ask = async (path: string, { method, body, headers: more = {} }: Sent = {}): Promise<JsonAnswer> =>
    jsonAnswerOf(
      await fetch(`${url}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { "x-auth-token": token, "openstack-api-version": "compute 2.79", ...more },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  return {
    url,
    clock,
    datacentre,
    operator: datacentre.cloud("RegionOne"),
    ask,
    async add(name, more) {
      const answer = await ask(`${NOVA}/servers`, { body: orderOf(name, more) });
      if (answer.status !== 202) throw new Error(answer.text);
      return Object(answer.json).server.id;
    },
    server: async (id) => Object((await ask(`${NOVA}/servers/${id}`)).json).server,
    act: (id, action, given = null) => ask(`${NOVA}/servers/${id}/action`, { body: { [action]: given } }),
  };
}

const DEFAULT = { id: "default" };
export const PASSWORD = {
  methods: ["password"],
  password: { user: { name: "demo", domain: DEFAULT, password: "demo-password" } },
};

/** At Keystone. */
export async function login(
  url: string,
  {
    identity = PASSWORD,
    scope = { project: { name: "demo", domain: DEFAULT } },
  }: { identity?: object; scope?: unknown } = {},
): Promise<JsonAnswer> {
  const body = JSON.stringify({ auth: { identity, scope } });
  return jsonAnswerOf(await fetch(`${url}/identity/v3/auth/tokens`, { method: "POST", body }));
}
