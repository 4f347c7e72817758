// Both ways to a datacentre, in process and over HTTP, for tests of what must hold on either.

import { afterEach } from "vitest";
import { connectOverHttp } from "./client.ts";
import { CLOUD_ERRORS, type CloudErrorCode, type CreateRequest } from "./cloud-api.ts";
import type { CloudOperator } from "./cloud-operator.ts";
import { createDatacentre, type Datacentre } from "./datacentre.ts";
import { plainCloud } from "./presets.ts";
import { serveDatacentre } from "./server.ts";
import type { CloudSettings } from "./settings.ts";
import type { TenantApi } from "./tenant-api.ts";
import { VirtualClock } from "./virtual-clock.ts";
import type { Access } from "./wire/call.ts";

interface Reached {
  readonly api: TenantApi;
  close(): Promise<void>;
}

type Way = (datacentre: Datacentre, access: Access) => Promise<Reached>;

export const WAYS: readonly (readonly [string, Way])[] = [
  ["in process", async (datacentre, access) => ({ api: datacentre.connect(access), close: async () => {} })],
  [
    "over HTTP",
    async (datacentre, access) => {
      const served = await serveDatacentre(datacentre, { port: 0 });
      return { api: connectOverHttp({ url: served.url, ...access }), close: () => served.close() };
    },
  ],
];

export const ACCESS = { tenant: "plain", key: "plain-key", lostAnswers: "reject" } as const;
export const MEDIUM: CreateRequest = { name: "db", realm: "plain-a", size: "medium", image: "debian-12" };

export interface Stage {
  readonly clock: VirtualClock;
  readonly datacentre: Datacentre;
  readonly api: TenantApi;
  readonly operator: CloudOperator;
  /** The same cloud, by other credentials. */
  readonly reach: (access: Access) => Promise<TenantApi>;
}

/** Opens a plain cloud with changes, reached that way; everything is closed after each test. */
export function stagesBy(way: Way): (changes?: Partial<CloudSettings>, access?: Access) => Promise<Stage> {
  const open: Reached[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
  return async (changes = {}, access: Access = ACCESS) => {
    const clock = new VirtualClock(1_000_000);
    const datacentre = createDatacentre({ clouds: [plainCloud(changes)], clock });
    const reach = async (by: Access): Promise<TenantApi> => {
      const reached = await way(datacentre, by);
      open.push(reached);
      return reached.api;
    };
    return { clock, datacentre, api: await reach(access), operator: datacentre.cloud("plain"), reach };
  };
}

/** What a refusal looks like, on either way. */
export function refusal(code: CloudErrorCode) {
  return { name: "CloudError", code, status: CLOUD_ERRORS[code] };
}
