// The HTTP face for the hands of the cloud's owner: CloudOperator, method by method, and the billing log.

import type { CloudOperator } from "../cloud-operator.ts";
import type { Datacentre } from "../datacentre.ts";
import { readFaultRule } from "../fault.ts";
import { type Call, param, type Route } from "./http-route.ts";
import { readImage } from "../offer-settings.ts";
import { readAmounts, readLimits } from "../quota-settings.ts";
import { readNetwork, readSecurityGroup } from "../thing-settings.ts";
import { readCapacity } from "../settings.ts";
import { amount, flag, listOf, nullable, oneOf, type Reader, shape, text } from "../shape.ts";
import { readCreateRequest, readPartRequest } from "./create-request.ts";

type Run = (datacentre: Datacentre, call: Call) => unknown;

const readRules = shape({ rules: listOf(readFaultRule) });
const readKilling = shape({ id: text }, { to: oneOf(["stopped", "error", "terminated"]), text });
const readOffer = shape(
  { size: text },
  { realm: text, isOffered: flag, hourlyPrice: amount, spotPrice: nullable(amount) },
);
const readHost = { realm: text, host: text };

export const ADMIN_ROUTES: readonly Route<Run>[] = [
  { route: "GET /admin/clouds", run: ({ cloudNames }) => cloudNames },
  { route: "GET /admin/clouds/:cloud", run: (datacentre, call) => datacentre.cloud(param(call, "cloud")).snapshot() },
  {
    route: "GET /admin/billing",
    run: ({ billing }) => ({
      entries: billing.entries(),
      alive: billing.aliveNow(),
      partEntries: billing.partEntries(),
      partsAlive: billing.partsAliveNow(),
    }),
  },
  action("add-faults", readRules, (cloud, { rules }) => cloud.addFaults(rules)),
  action("clear-faults", shape({}), (cloud) => cloud.clearFaults()),
  action("kill", readKilling, (cloud, { id, ...how }) => cloud.kill(id, how)),
  action("vanish", shape({ id: text }), (cloud, { id }) => cloud.vanish(id)),
  action("set-quota", shape({ tenant: text, limit: readLimits }, { realm: text }), (cloud, { tenant, limit, realm }) =>
    cloud.setQuota(tenant, limit, realm),
  ),
  action("set-used-by-others", shape({ tenant: text, amounts: readAmounts }, { realm: text }), (cloud, body) =>
    cloud.setUsedByOthers(body.tenant, body.amounts, body.realm),
  ),
  action("set-capacity", shape({ ...readHost, capacity: readCapacity }), (cloud, { capacity, ...place }) =>
    cloud.setCapacity(place, capacity),
  ),
  action("set-host-down", shape({ ...readHost, isDown: flag }), (cloud, { isDown, ...place }) =>
    cloud.setHostDown(place, isDown),
  ),
  action("expire-sessions", shape({}, { tenant: text }), (cloud, { tenant }) => cloud.expireSessions(tenant)),
  action("set-suspended", shape({ tenant: text, isSuspended: flag }), (cloud, { tenant, isSuspended }) =>
    cloud.setSuspended(tenant, isSuspended),
  ),
  action("set-offer", readOffer, (cloud, { size, realm, ...change }) =>
    cloud.setOffer(realm === undefined ? { size } : { size, realm }, change),
  ),
  action("add-image", shape({ realm: text, image: readImage }), (cloud, { realm, image }) =>
    cloud.addImage(realm, image),
  ),
  action("remove-image", shape({ realm: text, id: text }), (cloud, { realm, id }) => cloud.removeImage(realm, id)),
  action("add-network", readNetwork, (cloud, network) => cloud.addNetwork(network)),
  action("remove-network", shape({ id: text }), (cloud, { id }) => cloud.removeNetwork(id)),
  action("add-security-group", readSecurityGroup, (cloud, group) => cloud.addSecurityGroup(group)),
  action("remove-security-group", shape({ id: text }), (cloud, { id }) => cloud.removeSecurityGroup(id)),
  action("set-realm-down", shape({ realm: text, isDown: flag }), (cloud, { realm, isDown }) =>
    cloud.setRealmDown(realm, isDown),
  ),
  action("set-outage", shape({ isOut: flag }), (cloud, { isOut }) => cloud.setOutage(isOut)),
  action("plant", shape({ tenant: text, request: readCreateRequest }), (cloud, { tenant, request }) =>
    cloud.plant(tenant, request),
  ),
  action("plant-part", shape({ tenant: text, request: readPartRequest }), (cloud, { tenant, request }) =>
    cloud.plantPart(tenant, request),
  ),
  action("vanish-part", shape({ id: text }), (cloud, { id }) => cloud.vanishPart(id)),
];

function action<T>(name: string, read: Reader<T>, act: (cloud: CloudOperator, body: T) => unknown): Route<Run> {
  return {
    route: `POST /admin/clouds/:cloud/${name}`,
    run: (datacentre, call) => act(datacentre.cloud(param(call, "cloud")), read(call.body ?? {}, "body")) ?? null,
  };
}
