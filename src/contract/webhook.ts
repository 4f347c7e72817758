// Webhooks: who is told of events, what they are told, and what came of it.

import { z } from "zod";
import { Event } from "./event.ts";
import { Name, orNull, Time } from "./terms.ts";

/** Every kind of event there is, in the order of docs/events.md. */
export const EVENT_KINDS = Event.options.map(({ shape }) => shape.kind.value);

const Kind = z.enum(EVENT_KINDS);

/** How many deliveries one reply has at most. */
export const DELIVERIES_MOST = 1_000;
const URL_MOST = 2_000;
/** In one installation. */
export const WEBHOOKS_MOST = 100;

export const Webhook = z
  .object({
    name: z.string(),
    url: z.string(),
    pool: z.string().nullable().meta({ description: "Of whose deployments it is told; null: of all" }),
    kinds: z.array(Kind).nullable().meta({ description: "Of which events it is told; null: of all" }),
    createdAt: Time,
    createdBy: z.string(),
    waiting: z.number().int().meta({ description: "Deployments with events that it has not been told of yet" }),
    failing: orNull(z.object({ since: Time, text: z.string().meta({ description: "How the last try failed" }) })),
    dead: z.number().int().meta({ description: "Events that are not tried any more, until somebody asks for it" }),
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof Webhook>;

export const WebhookList = z.object({ webhooks: z.array(Webhook) }).meta({ id: "WebhookList" });
export type WebhookList = z.infer<typeof WebhookList>;

export const NewWebhook = z
  .strictObject({
    name: Name,
    url: z.string().min(1).max(URL_MOST).meta({ description: "https://; see docs/webhooks.md for others" }),
    pool: Name.nullable().default(null),
    kinds: z.array(Kind).min(1).max(EVENT_KINDS.length).nullable().default(null),
  })
  .meta({ id: "NewWebhook" });
export type NewWebhook = z.input<typeof NewWebhook>;

export const WebhookPatch = z
  .strictObject({
    kinds: z
      .array(Kind)
      .min(1)
      .max(EVENT_KINDS.length)
      .nullable()
      .meta({ description: "Of which events it is told from now on; null: of all" }),
  })
  .meta({ id: "WebhookPatch" });
export type WebhookPatch = z.input<typeof WebhookPatch>;

export const MadeWebhook = z
  .object({
    name: z.string(),
    secret: z.string().meta({ description: "What messages are signed with; shown this once" }),
  })
  .meta({ id: "MadeWebhook" });
export type MadeWebhook = z.infer<typeof MadeWebhook>;

export const WebhookTest = z
  .object({ taken: z.boolean(), text: z.string().meta({ description: "How it was answered" }), ms: z.number().int() })
  .meta({ id: "WebhookTest" });
export type WebhookTest = z.infer<typeof WebhookTest>;

const OfDeployment = z.object({ id: z.string(), name: z.string() });

export const DELIVERY_STATES = ["delivered", "dead"] as const;

export const WebhookDeliveries = z
  .object({
    waiting: z
      .array(
        z.object({
          deployment: OfDeployment,
          nextTryAt: Time,
          tries: z.number().int().meta({ description: "Of the event that is next" }),
          text: z.string().nullable().meta({ description: "How the last try failed; null: none has" }),
        }),
      )
      .meta({ description: "Deployments with events that it has not been told of, those due next first" }),
    deliveries: z
      .array(
        z.object({
          deployment: OfDeployment,
          no: z.number().int().meta({ description: "The event's" }),
          kind: Kind,
          state: z.enum(DELIVERY_STATES).meta({ description: "dead: it is not tried any more" }),
          at: Time.meta({ description: "When it was taken or given up" }),
          tries: z.number().int(),
          text: z.string().meta({ description: "How the last try went" }),
          again: z.boolean().meta({ description: "It is to be told again" }),
        }),
      )
      .meta({ description: "Newest first" }),
  })
  .meta({ id: "WebhookDeliveries" });
export type WebhookDeliveries = z.infer<typeof WebhookDeliveries>;

export const ReplayAsked = z
  .strictObject({
    deployment: z.string().min(1).max(100).nullable().default(null).meta({ description: "Null: of all" }),
  })
  .meta({ id: "ReplayAsked" });
export type ReplayAsked = z.input<typeof ReplayAsked>;

export const Replayed = z
  .object({ letters: z.number().int().meta({ description: "Dead letters that are told again" }) })
  .meta({ id: "Replayed" });
export type Replayed = z.infer<typeof Replayed>;
