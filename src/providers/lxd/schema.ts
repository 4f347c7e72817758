// What LXD answers, narrowed to what is used here. Every answer but a console has the same envelope.

import { z } from "zod";
import { shaped } from "../../cloud-http/answer.ts";
import { AMOUNT_MOST } from "../../core/market/sound.ts";

const BYTES_MOST = AMOUNT_MOST * 1024 * 1024;

const Text = z.string();
const Config = z.record(z.string(), z.string());
const Device = z.record(z.string(), z.string());
export type Device = z.infer<typeof Device>;

const Envelope = z.discriminatedUnion("type", [
  z.object({ type: z.literal("sync"), metadata: z.unknown() }),
  z.object({ type: z.literal("async"), metadata: z.unknown() }),
  z.object({ type: z.literal("error"), error: Text, error_code: z.number() }),
]);
export const readEnvelope = shaped("answer", Envelope);

const Operation = z.object({ id: Text.min(1), status_code: z.number(), err: z.string().default("") });
export type Operation = z.infer<typeof Operation>;
export const readOperation = shaped("operation", Operation);

const UnderWay = z.object({
  id: Text,
  description: Text,
  resources: z.record(z.string(), z.array(Text).nullable()).nullish(),
});
/** By their state, such as `running`. */
export const readOperations = shaped("operations", z.record(z.string(), z.array(UnderWay).nullable()));

const Instance = z.object({
  name: Text.min(1),
  status: Text,
  created_at: Text,
  /** Of its last start; before 1971 where there was none. */
  last_used_at: Text,
  config: Config.nullish().transform((config) => config ?? {}),
  expanded_devices: z
    .record(z.string(), Device)
    .nullish()
    .transform((devices) => devices ?? {}),
});
export type Instance = z.infer<typeof Instance>;
export const readInstance = shaped("instance", Instance);
export const readInstances = shaped("instances", z.array(Instance));

const Address = z.object({ family: Text, address: Text, scope: Text });
const Interface = z.object({ type: z.string().default(""), addresses: z.array(Address).nullish() });
export type Interface = z.infer<typeof Interface>;
export const readState = shaped("state", z.object({ network: z.record(z.string(), Interface).nullish() }));

export const readServer = shaped(
  "server",
  z.object({
    auth: Text,
    api_extensions: z.array(Text),
    environment: z
      .object({
        driver: z.string().default(""),
        server_version: z.string().default(""),
        kernel_architecture: z.string().default(""),
      })
      .nullish(),
  }),
);

export const readResources = shaped(
  "resources",
  z.object({
    cpu: z.object({ total: z.number().min(1).max(AMOUNT_MOST) }),
    memory: z.object({ total: z.number().min(1).max(BYTES_MOST) }),
  }),
);

/** A limit of -1 is none. */
const Limited = z.object({ Limit: z.number().min(-1), Usage: z.number().min(0) });
export type Limited = z.infer<typeof Limited>;
export const readProjectState = shaped("project", z.object({ resources: z.record(z.string(), Limited) }));

export const readProject = shaped("project", z.object({ name: Text }));

export const readProfile = shaped(
  "profile",
  z.object({
    devices: z
      .record(z.string(), Device)
      .nullish()
      .transform((devices) => devices ?? {}),
  }),
);

const Network = z.object({ name: Text, type: Text, managed: z.boolean() });
export type Network = z.infer<typeof Network>;
export const readNetworks = shaped("networks", z.array(Network));

export const readAlias = shaped("alias", z.object({ name: Text, type: z.string().default("container") }));

const Image = z.object({
  fingerprint: Text,
  type: z.string().default("container"),
  aliases: z.array(z.object({ name: Text })).nullish(),
});
export const readImage = shaped("image", Image);
export const readImages = shaped("images", z.array(Image));

export const readPool = shaped("pool", z.object({ name: Text }));

/** What is announced: of lifecycle events what happened, and to what. */
export const readAnnouncement = shaped(
  "event",
  z.object({
    type: Text,
    metadata: z.object({ action: z.string().default(""), source: z.string().default("") }).nullish(),
  }),
);
