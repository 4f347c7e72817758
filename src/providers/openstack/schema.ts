// What OpenStack's services answer, narrowed to what is used here. Fields that are not named are left alone.

import { z } from "zod";
import { shaped } from "../../cloud-http/answer.ts";
import { AMOUNT_MOST } from "../../core/market/sound.ts";

const Amount = z.number().min(0).max(AMOUNT_MOST);
/** Of what is sold, one of many: where it cannot be true, that one alone is left out. */
const Measure = z.number();
/** Nova and Neutron say -1 for "not limited". */
const Limit = z.number().min(-1);

const Moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "is no date");

const Endpoint = z.object({
  interface: z.string(),
  region: z.string().nullish(),
  region_id: z.string().nullish(),
  url: z.string(),
});

export const readToken = shaped(
  "token",
  z.object({
    token: z.object({
      issued_at: Moment,
      expires_at: Moment,
      project: z.object({ id: z.string(), name: z.string() }).optional(),
      catalog: z.array(z.object({ type: z.string(), endpoints: z.array(Endpoint) })).optional(),
    }),
  }),
);
export type TokenBody = ReturnType<typeof readToken>["token"];

export const readProjects = shaped("projects", z.object({ projects: z.array(z.object({ name: z.string() })) }));

export const readVersion = shaped("version", z.object({ version: z.object({ version: z.string().nullish() }) }));

const Links = z.array(z.object({ rel: z.string(), href: z.string() })).optional();

const Address = z.object({ addr: z.string(), version: z.number(), "OS-EXT-IPS:type": z.string().optional() });

/** Of a server in a cell that does not answer, Nova tells little more than its id. */
const Server = z.object({
  id: z.string(),
  status: z.string(),
  name: z.string().optional(),
  created: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  addresses: z.record(z.string(), z.array(Address)).optional(),
  accessIPv4: z.string().optional(),
  accessIPv6: z.string().optional(),
  fault: z.object({ code: z.number(), message: z.string() }).optional(),
  key_name: z.string().nullish(),
  "os-extended-volumes:volumes_attached": z
    .array(z.object({ id: z.string(), delete_on_termination: z.boolean().optional() }))
    .optional(),
  "OS-EXT-AZ:availability_zone": z.string().nullish(),
  "OS-EXT-STS:task_state": z.string().nullish(),
});
export type Server = z.infer<typeof Server>;

export const readServer = shaped("answer", z.object({ server: Server }));
export const readServers = shaped("answer", z.object({ servers: z.array(Server), servers_links: Links }));
export const readServerIds = shaped(
  "answer",
  z.object({ servers: z.array(z.object({ id: z.string(), name: z.string().optional() })), servers_links: Links }),
);
export const readCreated = shaped("answer", z.object({ server: z.object({ id: z.string().min(1) }) }));
export const readConsole = shaped("answer", z.object({ output: z.string().nullable() }));

const Flavor = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  name: z.string(),
  ram: Measure,
  disk: Measure,
  vcpus: Measure,
  "OS-FLV-DISABLED:disabled": z.boolean().optional(),
  extra_specs: z.record(z.string(), z.string()).optional(),
});
export type Flavor = z.infer<typeof Flavor>;

export const readFlavors = shaped("answer", z.object({ flavors: z.array(Flavor), flavors_links: Links }));

export const readZones = shaped(
  "answer",
  z.object({ availabilityZoneInfo: z.array(z.object({ zoneName: z.string() })) }),
);

export const readLimits = shaped(
  "answer",
  z.object({
    limits: z.object({
      absolute: z.object({
        maxTotalInstances: Limit,
        maxTotalCores: Limit,
        maxTotalRAMSize: Limit,
        totalInstancesUsed: Amount,
        totalCoresUsed: Amount,
        totalRAMUsed: Amount,
      }),
    }),
  }),
);

export const readVolume = shaped(
  "answer",
  z.object({ volume: z.object({ id: z.string(), status: z.string(), bootable: z.string().optional() }) }),
);

export const readVolumeLimits = shaped(
  "answer",
  z.object({
    limits: z.object({
      absolute: z.object({
        maxTotalVolumes: Limit,
        maxTotalVolumeGigabytes: Limit,
        totalVolumesUsed: Amount,
        totalGigabytesUsed: Amount,
      }),
    }),
  }),
);

const Key = z.object({ keypair: z.object({ name: z.string() }) });
export const readKey = shaped("answer", Key);
export const readKeys = shaped("answer", z.object({ keypairs: z.array(Key), keypairs_links: Links }));

const Image = z.object({ id: z.string(), name: z.string().nullish(), status: z.string() });

export const readImages = shaped("answer", z.object({ images: z.array(Image), next: z.string().optional() }));

const Named = z.object({ id: z.string(), name: z.string() });

export const readNetworks = shaped("answer", z.object({ networks: z.array(Named) }));
export const readSecurityGroups = shaped("answer", z.object({ security_groups: z.array(Named) }));

const Port = z.object({ id: z.string(), description: z.string().nullish(), device_id: z.string().nullish() });
export const readPort = shaped("answer", z.object({ port: Port }));
export const readPorts = shaped("answer", z.object({ ports: z.array(Port) }));

const FloatingAddress = z.object({ id: z.string(), description: z.string().nullish() });
export const readFloatingAddress = shaped("answer", z.object({ floatingip: FloatingAddress }));
export const readFloatingAddresses = shaped("answer", z.object({ floatingips: z.array(FloatingAddress) }));

const Detail = z.object({ limit: Limit, used: Amount, reserved: Amount.optional() });
export const readNetworkQuota = shaped(
  "answer",
  z.object({ quota: z.object({ port: Detail.optional(), floatingip: Detail.optional() }) }),
);
