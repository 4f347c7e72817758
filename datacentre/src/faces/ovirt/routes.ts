// The paths of the engine's API, under /ovirt-engine/api.

import { listAndEach, type Route } from "../../wire/http-route.ts";
import { addTag, getDisk, listClusterLimits, listDisks, listQuotas, listTags, removeDisk } from "./disks.ts";
import { listEvents, listJobs } from "./history.ts";
import {
  clusters,
  datacenters,
  getApi,
  hosts,
  instanceTypes,
  listTemplateDisks,
  networks,
  templates,
  vnicProfiles,
} from "./places.ts";
import type { Resource } from "./resource.ts";
import { addVm } from "./vm-order.ts";
import { addNic, changeAttachment, changeNic, removeNic } from "./vm-parts.ts";
import {
  getVm,
  listAttachments,
  listDevices,
  listNics,
  listStatistics,
  listVms,
  listVmTags,
  rebootVm,
  removeVm,
  startVm,
  stopVm,
  tagVm,
} from "./vms.ts";

export const OVIRT_ROUTES: readonly Route<Resource>[] = [
  { route: "GET ", run: getApi },
  ...listAndEach("/datacenters", datacenters),
  ...listAndEach("/clusters", clusters),
  ...listAndEach("/hosts", hosts),
  ...listAndEach("/templates", templates),
  { route: "GET /templates/:id/diskattachments", run: listTemplateDisks },
  ...listAndEach("/instancetypes", instanceTypes),
  ...listAndEach("/networks", networks),
  ...listAndEach("/vnicprofiles", vnicProfiles),
  { route: "GET /datacenters/:id/clusters", run: clusters[0] },
  { route: "GET /datacenters/:id/networks", run: networks[0] },
  { route: "GET /datacenters/:id/quotas", run: listQuotas },
  { route: "GET /datacenters/:id/quotas/:quota/quotaclusterlimits", run: listClusterLimits },
  { route: "GET /vms", run: listVms },
  { route: "POST /vms", run: addVm },
  { route: "GET /vms/:id", run: getVm },
  { route: "DELETE /vms/:id", run: removeVm },
  { route: "POST /vms/:id/start", run: startVm },
  { route: "POST /vms/:id/stop", run: stopVm },
  { route: "POST /vms/:id/shutdown", run: stopVm },
  { route: "POST /vms/:id/reboot", run: rebootVm },
  { route: "GET /vms/:id/nics", run: listNics },
  { route: "POST /vms/:id/nics", run: addNic },
  { route: "PUT /vms/:id/nics/:nic", run: changeNic },
  { route: "DELETE /vms/:id/nics/:nic", run: removeNic },
  { route: "GET /vms/:id/diskattachments", run: listAttachments },
  { route: "PUT /vms/:id/diskattachments/:disk", run: changeAttachment },
  { route: "GET /vms/:id/reporteddevices", run: listDevices },
  { route: "GET /vms/:id/statistics", run: listStatistics },
  { route: "GET /vms/:id/tags", run: listVmTags },
  { route: "POST /vms/:id/tags", run: tagVm },
  { route: "GET /disks", run: listDisks },
  { route: "GET /disks/:id", run: getDisk },
  { route: "DELETE /disks/:id", run: removeDisk },
  { route: "GET /events", run: listEvents },
  { route: "GET /jobs", run: listJobs },
  { route: "GET /tags", run: listTags },
  { route: "POST /tags", run: addTag },
];
