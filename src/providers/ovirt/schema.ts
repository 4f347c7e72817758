// What an oVirt engine answers in JSON, narrowed to what is used here. Numbers, booleans and words come as text, dates as numbers;
// what is null is left out, and an empty list with it.

import { z } from "zod";
import { shaped } from "../../cloud-http/answer.ts";
import { AMOUNT_MOST } from "../../core/market/sound.ts";

const Figure = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).transform(Number);
const Amount = Figure.refine((value) => value >= 0 && value <= AMOUNT_MOST, "is no amount");
const Bytes = Figure.refine((value) => value >= 0 && value <= AMOUNT_MOST * 1024 * 1024, "is no amount of bytes");
/** -1: not limited. */
const Limit = Figure.refine((value) => value >= -1, "is no limit");
const Moment = z.number();

const Reference = z.object({ id: z.string() });
const Named = z.object({ id: z.string(), name: z.string() });

/** Of what is sold, one of many: measures that cannot be true leave that one alone out. */
const Topology = z.object({ sockets: Figure.optional(), cores: Figure.optional(), threads: Figure.optional() });

const Ip = z.object({ address: z.string().optional() });
const ReportedDevice = z.object({ ips: z.object({ ip: z.array(Ip).optional() }).optional() });
const Nic = z.object({
  id: z.string(),
  name: z.string().optional(),
  vnic_profile: z.object({ id: z.string().optional() }).optional(),
  reported_devices: z.object({ reported_device: z.array(ReportedDevice).optional() }).optional(),
});
export type Nic = z.infer<typeof Nic>;

const Disk = z.object({ id: z.string(), status: z.string().optional(), provisioned_size: Bytes.optional() });
const Attachment = z.object({
  id: z.string(),
  bootable: z.union([z.boolean(), z.string()]).transform(String).optional(),
  disk: Disk.optional(),
});
export type Attachment = z.infer<typeof Attachment>;

const Vm = z.object({
  id: z.string().min(1),
  name: z.string(),
  comment: z.string().optional(),
  /** Left out where a disk is illegal. */
  status: z.string().optional(),
  cluster: Reference.optional(),
  creation_time: Moment.optional(),
  /** Only while it runs. */
  start_time: Moment.optional(),
  nics: z.object({ nic: z.array(Nic).optional() }).optional(),
  disk_attachments: z.object({ disk_attachment: z.array(Attachment).optional() }).optional(),
});
export type Vm = z.infer<typeof Vm>;

export const readVm = shaped("vm", Vm);
export const readVms = shaped("vms", z.object({ vm: z.array(Vm).default([]) }));
export const readNics = shaped("nics", z.object({ nic: z.array(Nic).default([]) }));
export const readAttachments = shaped(
  "diskattachments",
  z.object({ disk_attachment: z.array(Attachment).default([]) }),
);
export const readDisk = shaped("disk", Disk);

const Event = z.object({
  code: Amount,
  description: z.string().default(""),
  time: Moment.default(0),
  severity: z.string().default("normal"),
  vm: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
});
export type Event = z.infer<typeof Event>;
export const readEvents = shaped("events", z.object({ event: z.array(Event).default([]) }));

const DataCenter = Named.extend({ status: z.string().optional() });
export const readDataCenters = shaped("datacenters", z.object({ data_center: z.array(DataCenter).default([]) }));

const Cluster = Named.extend({
  data_center: Reference.optional(),
  cpu: z.object({ architecture: z.string().optional() }).optional(),
});
export type Cluster = z.infer<typeof Cluster>;
export const readClusters = shaped("clusters", z.object({ cluster: z.array(Cluster).default([]) }));

const InstanceType = Named.extend({ memory: Figure, cpu: z.object({ topology: Topology }).optional() });
export type InstanceType = z.infer<typeof InstanceType>;
export const readInstanceTypes = shaped(
  "instancetypes",
  z.object({ instance_type: z.array(InstanceType).default([]) }),
);

const Template = Named.extend({
  status: z.string().optional(),
  version: z.object({ version_number: Amount.optional(), version_name: z.string().optional() }).optional(),
});
export type Template = z.infer<typeof Template>;
export const readTemplate = shaped("template", Template);
export const readTemplates = shaped("templates", z.object({ template: z.array(Template).default([]) }));

const VnicProfile = Named.extend({ network: Reference.optional() });
export const readVnicProfiles = shaped("vnicprofiles", z.object({ vnic_profile: z.array(VnicProfile).default([]) }));
export const readNetworks = shaped("networks", z.object({ network: z.array(Named).default([]) }));

export const readQuotas = shaped("quotas", z.object({ quota: z.array(Named).default([]) }));
const ClusterLimit = z.object({
  cluster: z.object({ id: z.string().optional() }).optional(),
  vcpu_limit: Limit.optional(),
  vcpu_usage: Amount.optional(),
  /** GiB. */
  memory_limit: Limit.optional(),
  memory_usage: Amount.optional(),
});
export type ClusterLimit = z.infer<typeof ClusterLimit>;
export const readClusterLimits = shaped(
  "quotaclusterlimits",
  z.object({ quota_cluster_limit: z.array(ClusterLimit).default([]) }),
);

export const readRoot = shaped(
  "api",
  z.object({
    product_info: z.object({ version: z.object({ major: Amount.optional() }).optional() }),
    summary: z.object({ vms: z.object({ total: Amount.optional() }).optional() }).optional(),
  }),
);

export const readToken = shaped("token", z.object({ access_token: z.string().min(1) }));
