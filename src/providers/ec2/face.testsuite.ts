// The datacentre's EC2 with an account at it. Nobody waits: whoever lets time pass moves the datacentre's clock.

import { EC2_CLOUDS } from "../../../datacentre/src/faces/ec2/clouds.ts";
import { ec2Face } from "../../../datacentre/src/faces/ec2/face.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { accountId } from "../../core/ids.ts";
import { type OtherCloud, serveCloud, type ServedCloud } from "../../ports/provider-suite/datacentre.testsuite.ts";
import type { SituationStage } from "../../ports/provider-suite/parts.testsuite.ts";
import { ec2Provider } from "./index.ts";

export const ZONE = "us-east-1a";
export const OTHER_ZONE = "us-east-1b";
export const TENANT = { name: "AKIAEASTDATACENTRE", key: "east-key" };
export const PAGE_SIZE = 2;

const [FIRST] = EC2_CLOUDS;
if (FIRST === undefined) throw new Error("the face has a region to begin with");
export const EAST: CloudSettings = FIRST;

export const IMAGES = EAST.realms
  .flatMap(({ images }) => images)
  .flatMap((image) => (typeof image === "string" ? [] : image));
export const IMAGE = IMAGES.find(({ name }) => name === "debian-12")?.id ?? "";

const SETTINGS: CloudSettings = {
  ...EAST,
  tenants: [TENANT],
  latency: { kind: "fixed", ms: 100 },
  boot: { kind: "fixed", ms: 4_000 },
  removal: { kind: "fixed", ms: 1_000 },
  serviceDelay: { kind: "fixed", ms: 100 },
  visibilityMs: 500,
  idVisibilityMs: 0,
  lingerMs: 5 * 60_000,
  pageSize: PAGE_SIZE,
  // The SDK signs at the time of this machine, and the datacentre has one of its own.
  signatureLifeMs: Number.MAX_SAFE_INTEGER,
};

export interface Given extends OtherCloud {
  readonly account?: object;
  readonly secret?: string;
  readonly size?: string;
}

export type FullStage = SituationStage & ServedCloud;

export async function openStage(given: Given = {}): Promise<FullStage> {
  const served = await serveCloud({ face: ec2Face, settings: SETTINGS }, given);
  const { operator } = served;
  return {
    ...served,
    cloud: openAt(served.url, given),
    placement: { realm: ZONE, size: given.size ?? "t3.micro", image: IMAGE },
    otherRealm: OTHER_ZONE,
    plant: async (name, labels) => {
      const all = { ...labels, "slipway-machine": name, Name: name };
      return operator.plant(TENANT.name, { realm: ZONE, size: "t3.micro", image: IMAGE, name, labels: all }).id;
    },
    unknownId: "i-0123456789abcdef0",
  };
}

export function openAt(endpoint: string, { account = {}, secret = TENANT.key }: Given = {}) {
  const settings = {
    region: "us-east-1",
    accessKeyId: TENANT.name,
    endpoint,
    quotasEndpoint: endpoint,
    parametersEndpoint: endpoint,
    ...account,
  };
  return ec2Provider.open({ id: accountId("acc-1"), name: "east", settings }, { secretAccessKey: secret });
}
