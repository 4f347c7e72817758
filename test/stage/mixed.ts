// One pool of three clouds: EC2 and oVirt as the datacentre's faces, and an OpenStack, real or a face as well. EC2's one host has room for two of the
// shop's four instances, and oVirt's for two that run: it takes a third, and refuses its start.

import { z } from "zod";
import { realClock } from "../../datacentre/src/clock.ts";
import { createDatacentre, type Datacentre } from "../../datacentre/src/datacentre.ts";
import { EC2_CLOUDS } from "../../datacentre/src/faces/ec2/clouds.ts";
import { ec2Face } from "../../datacentre/src/faces/ec2/face.ts";
import type { Face, FaceRequest } from "../../datacentre/src/faces/face.ts";
import { OPENSTACK_CLOUDS } from "../../datacentre/src/faces/openstack/clouds.ts";
import { openstackFace } from "../../datacentre/src/faces/openstack/face.ts";
import { OVIRT_CLOUDS } from "../../datacentre/src/faces/ovirt/clouds.ts";
import { ovirtFace } from "../../datacentre/src/faces/ovirt/face.ts";
import { serveDatacentre } from "../../datacentre/src/server.ts";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import type { ServerStage } from "./server.ts";
import { addPool, shopOf } from "./shop.ts";

export const MIXED_SHOP = shopOf("{ cpu: 1, memory: 1GiB }");

export interface MixedStage extends AsyncDisposable {
  readonly ec2: FacedCloud;
  readonly ovirt: FacedCloud;
}

/** By the billing log, which is the truth whatever a face tells. */
interface FacedCloud {
  /** How many machines it has ever made, and how many of them have run. */
  lives(): { readonly born: number; readonly ran: number };
  /** What exists there now. */
  left(): Promise<{ readonly machines: number; readonly parts: number; readonly keys: number }>;
}

/** Takes all that clouds are asked. */
export type Hear = (face: string, request: FaceRequest) => void;

function overheard(face: Face, hear: Hear): Face {
  return {
    ...face,
    open(ground) {
      const answer = face.open(ground);
      return (request, door) => {
        hear(face.name, request);
        return answer(request, door);
      };
    },
  };
}

/** Clouds as the datacentre has them; all end with `parts`. */
async function serve(parts: AsyncDisposableStack, face: Face, hear: Hear) {
  const { clouds } = face;
  const datacentre = createDatacentre({ clouds, clock: realClock });
  const served = await serveDatacentre(datacentre, { port: 0, face: overheard(face, hear) });
  parts.defer(() => served.close());
  return { datacentre, url: served.url };
}

/** Adds two accounts, a third one named openstack as it is told, and a pool of them, named mixed, to a server. */
export async function addMixed(
  server: ServerStage,
  addThird: (server: ServerStage) => Promise<void>,
  hear: Hear = () => undefined,
): Promise<MixedStage> {
  await using parts = new AsyncDisposableStack();
  const [region, ec2Tenant] = named(EC2_CLOUDS, "us-west-2");
  const [engine, ovirtTenant] = named(OVIRT_CLOUDS, "Default");
  const amazon = await serve(parts, ec2Face, hear);
  const ovirt = await serve(parts, ovirtFace, hear);
  await addAccount(server, {
    name: "ec2",
    provider: "ec2",
    settings: {
      region: region.name,
      accessKeyId: ec2Tenant.name,
      endpoint: amazon.url,
      types: "t3.small",
      prices: "t3.small = 0.0208",
    },
    credentials: { secretAccessKey: ec2Tenant.key },
    images: { "debian-12": "tag:Name=debian-12" },
  });
  await addAccount(server, {
    name: "ovirt",
    provider: "ovirt",
    settings: { url: `${ovirt.url}/ovirt-engine/api`, user: ovirtTenant.name, prices: "Small = 0.02" },
    credentials: { password: ovirtTenant.key },
    realms: { small: "small" },
  });
  await addThird(server);
  // In the order in which the pool tries them.
  await addPool(server, "mixed", ["ec2", "ovirt", "openstack"]);
  const stage = parts.move();
  return {
    ec2: facedCloud(amazon.datacentre, region.name, ec2Tenant),
    ovirt: facedCloud(ovirt.datacentre, engine.name, ovirtTenant),
    [Symbol.asyncDispose]: () => stage.disposeAsync(),
  };
}

/** The datacentre's OpenStack, as the account that comes third. */
export async function serveThird(
  hear: Hear = () => undefined,
): Promise<AsyncDisposable & { readonly cloud: FacedCloud; readonly add: (server: ServerStage) => Promise<void> }> {
  await using parts = new AsyncDisposableStack();
  const [region, tenant] = named(OPENSTACK_CLOUDS, "RegionOne");
  const { datacentre, url } = await serve(parts, openstackFace, hear);
  const add = (server: ServerStage): Promise<void> =>
    addAccount(server, {
      name: "openstack",
      provider: "openstack",
      settings: {
        authUrl: `${url}/identity/v3`,
        user: tenant.name,
        project: tenant.name,
        prices: "m1.small = 0.012",
        where: { "*": { networks: ["private"] } },
      },
      credentials: { password: tenant.key },
      images: { "debian-12": "property:os_distro=debian,os_version=12" },
      // The other zone is full after two.
      realms: { az1: "az1" },
    });
  const stage = parts.move();
  const cloud = facedCloud(datacentre, region.name, tenant);
  return { cloud, add, [Symbol.asyncDispose]: () => stage.disposeAsync() };
}

type Tenant = CloudSettings["tenants"][number];

function named(clouds: readonly CloudSettings[], name: string): readonly [CloudSettings, Tenant] {
  const cloud = clouds.find((one) => one.name === name);
  const [tenant] = cloud?.tenants ?? [];
  if (cloud === undefined || tenant === undefined) throw new Error(`no cloud ${name} with a tenant`);
  return [cloud, tenant];
}

type NewAccount = Readonly<Record<string, unknown>> & { readonly name: string };

async function addAccount(server: ServerStage, account: NewAccount): Promise<void> {
  await server.call(z.unknown(), "POST /v1/accounts", account);
  await server.call(z.unknown(), `POST /v1/accounts/${account.name}/check`);
}

function facedCloud(datacentre: Datacentre, name: string, tenant: Tenant): FacedCloud {
  const { billing } = datacentre;
  return {
    lives() {
      const own = billing.entries().filter(({ cloud }) => cloud === name);
      const of = (wanted: string) => new Set(own.flatMap(({ kind, machineId }) => (kind === wanted ? machineId : [])));
      return { born: of("born").size, ran: of("running").size };
    },
    async left() {
      const { sshKeys } = await datacentre.connect({ tenant: tenant.name, key: tenant.key }).things();
      return {
        machines: billing.aliveNow().filter(({ cloud }) => cloud === name).length,
        parts: billing.partsAliveNow().filter(({ cloud }) => cloud === name).length,
        keys: sshKeys.length,
      };
    },
  };
}
