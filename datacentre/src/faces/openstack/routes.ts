// The paths of each service.

import type { Route } from "../../wire/http-route.ts";
import { getFlavor, getLimits, getSpecs, listFlavors, listZones } from "./flavors.ts";
import { getImage, listImages } from "./glance.ts";
import { deleteKeyPair, getKeyPair, importKeyPair, listKeyPairs } from "./key-pairs.ts";
import { listProjects, showToken } from "./keystone.ts";
import type { Service } from "./names.ts";
import { getQuota, getQuotaDetails, listFloating, listGroups, listNetworks, listPorts } from "./neutron.ts";
import type { Resource } from "./resource.ts";
import { createServers } from "./server-order.ts";
import { actOnServer, deleteServer, getServer, listAttachments, listInterfaces, listServers } from "./servers.ts";

export const ROUTES: Readonly<Record<Service, readonly Route<Resource>[]>> = {
  identity: [
    { route: "GET /auth/tokens", run: showToken },
    { route: "GET /auth/projects", run: listProjects },
  ],
  compute: [
    { route: "GET /servers", run: listServers },
    { route: "GET /servers/detail", run: withDetail(listServers) },
    { route: "POST /servers", run: createServers },
    { route: "GET /servers/:id", run: getServer },
    { route: "DELETE /servers/:id", run: deleteServer },
    { route: "POST /servers/:id/action", run: actOnServer },
    { route: "GET /servers/:id/os-interface", run: listInterfaces },
    { route: "GET /servers/:id/os-volume_attachments", run: listAttachments },
    { route: "GET /flavors", run: listFlavors },
    { route: "GET /flavors/detail", run: withDetail(listFlavors) },
    { route: "GET /flavors/:id", run: getFlavor },
    { route: "GET /flavors/:id/os-extra_specs", run: getSpecs },
    { route: "GET /os-availability-zone", run: listZones },
    { route: "GET /limits", run: getLimits },
    { route: "GET /os-keypairs", run: listKeyPairs },
    { route: "POST /os-keypairs", run: importKeyPair },
    { route: "GET /os-keypairs/:id", run: getKeyPair },
    { route: "DELETE /os-keypairs/:id", run: deleteKeyPair },
  ],
  image: [
    { route: "GET /images", run: listImages },
    { route: "GET /images/:id", run: getImage },
  ],
  network: [
    { route: "GET /networks", run: listNetworks },
    { route: "GET /security-groups", run: listGroups },
    { route: "GET /ports", run: listPorts },
    { route: "GET /floatingips", run: listFloating },
    { route: "GET /quotas/:project", run: getQuota },
    { route: "GET /quotas/:project/details", run: getQuotaDetails },
  ],
};

function withDetail(resource: Resource): Resource {
  return { ...resource, read: (ask) => resource.read({ ...ask, params: { ...ask.params, detail: "" } }) };
}
