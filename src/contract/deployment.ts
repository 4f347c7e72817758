// Launching, and what is shown of a deployment.

import { z } from "zod";
import { ACTIONS } from "../core/people/actions.ts";
import { PARAMETER_TYPES, REPAIR_MODES } from "../core/blueprint/model.ts";
import { STEPS } from "../core/decision/deadlines.ts";
import { ATTEMPT_OUTCOMES } from "../core/deployment.ts";
import { CALLS, OBSERVED_STATES } from "../core/machine.ts";
import { DEPLOYMENT_STATES, INSTANCE_STATES, MACHINE_STATES } from "../core/states.ts";
import { Instead } from "./instead.ts";
import { Live } from "./live.ts";
import { Parked } from "./parked.ts";
import { QuarantineMs } from "./quarantine.ts";
import { HoldMs, Study } from "./study.ts";
import { Output } from "./output.ts";
import { Revision } from "./revision.ts";
import { Reboot } from "./reboot.ts";
import type { Standing } from "./standing.ts";
import { Dollars, Fault, LeaseMs, MaxHourly, Name, orNull, Time, WHOLE_MOST } from "./terms.ts";

export const DeploymentState = z.enum(DEPLOYMENT_STATES).meta({ id: "DeploymentState" });
export type DeploymentState = z.infer<typeof DeploymentState>;
const STANDINGS = [...DEPLOYMENT_STATES, "cancelled"] as const satisfies readonly Standing[];
export const InstanceState = z.enum(INSTANCE_STATES).meta({ id: "InstanceState" });
export type InstanceState = z.infer<typeof InstanceState>;
export const MachineState = z.enum(MACHINE_STATES).meta({ id: "MachineState" });
export type MachineState = z.infer<typeof MachineState>;
export const Action = z.enum(ACTIONS).meta({ id: "Action" });
export type Action = z.infer<typeof Action>;
export const ParameterType = z.enum(PARAMETER_TYPES);

export const ParameterValue = z.union([z.string(), z.number(), z.boolean()]).meta({
  description: "Of type integer or number: as it was written, as text where a number in JSON would not say the same",
});
export type ParameterValue = z.infer<typeof ParameterValue>;

/** As it was written, so that no digit is lost: text where a number in JSON would say another one, or say it in other words. */
export const NumberValue = z.union([z.number(), z.string()]);

const EXACT = { error: "is too large for a number in JSON, which would be rounded: send it as text" };

/** A value as it is given: text counts as the number or the truth value that it spells. */
const GivenValue = z.union([
  z.string(),
  z.number().min(Number.MIN_SAFE_INTEGER, EXACT).max(Number.MAX_SAFE_INTEGER, EXACT),
  z.boolean(),
]);

/** Text of a blueprint, or the name of a stored one. */
export const BlueprintChoice = z
  .union(
    [
      z.strictObject({
        source: z.string().meta({ description: "YAML, at most 256 KiB" }),
      }),
      z.strictObject({
        name: Name,
        version: z.number().int().min(1).max(WHOLE_MOST).optional().meta({ description: "The newest when left out" }),
      }),
    ],
    { error: 'must be {"source": "…"} or {"name": "…", "version": 1}' },
  )
  .meta({ id: "BlueprintChoice" });
export type BlueprintChoice = z.infer<typeof BlueprintChoice>;

export const LaunchRequest = z
  .strictObject({
    blueprint: BlueprintChoice,
    name: Name.optional().meta({ description: "The blueprint's name, made unique with a number, when left out" }),
    pool: Name.optional().meta({ description: "The only pool, or the one called default, when left out" }),
    parameters: z
      .record(z.string(), GivenValue)
      .optional()
      .meta({ description: "Text is kept to the letter where a number in JSON has lost digits" }),
    partial: z.boolean().optional().meta({
      description: "Settle with what comes up instead of rolling back for a part",
    }),
    leaseMs: LeaseMs.optional().meta({
      description: "How long it runs, in place of what the blueprint says: then it stops by itself",
    }),
    holdMs: HoldMs.nullable().optional().meta({
      description:
        "How long a failed attempt stays for study before it is undone, in place of what the blueprint says; null: it is undone at once",
    }),
    quarantineMs: QuarantineMs.nullable().optional().meta({
      description:
        "How long the machine that an attempt failed for is kept alone, in place of what the blueprint says; the rest is undone, and the launch goes on. Null: it is undone with the rest",
    }),
    maxHourly: MaxHourly.optional().meta({
      description:
        "Dollars per hour that all of it may cost at the most, where the blueprint does not say less; what nobody knows the price of is not taken then",
    }),
    anyway: z.boolean().optional().meta({
      description: "Launch also what no account of the pool offers, as far as is known: images, hardware, placements",
    }),
  })
  .meta({ id: "LaunchRequest" });
export type LaunchRequest = z.infer<typeof LaunchRequest>;

export const RelaunchRequest = z
  .strictObject({
    blueprint: BlueprintChoice.optional().meta({ description: "The one it was launched from, when left out" }),
    parameters: z.record(z.string(), GivenValue).optional().meta({
      description: "Others than it had; those left out are as they were, secret ones too",
    }),
    partial: z.boolean().optional().meta({ description: "As it was, when left out" }),
    leaseMs: LeaseMs.optional().meta({ description: "As it was, or as another blueprint says, when left out" }),
    holdMs: HoldMs.nullable().optional().meta({
      description: "As it was, or as another blueprint says, when left out; null: what fails is undone at once",
    }),
    quarantineMs: QuarantineMs.nullable().optional().meta({
      description: "As it was, or as another blueprint says, when left out; null: no machine is kept",
    }),
    anyway: LaunchRequest.shape.anyway,
  })
  .meta({ id: "RelaunchRequest" });
export type RelaunchRequest = z.infer<typeof RelaunchRequest>;

export const Profile = z
  .object({
    name: z.string(),
    cpu: z.number(),
    memoryMib: z.number(),
    storageGib: z.number(),
    architecture: z.string(),
    accelerators: z.number(),
    acceleratorKind: z.string().nullable().meta({ description: "Null: any" }),
  })
  .meta({ id: "Profile", description: "What an instance needs of a machine" });
export type Profile = z.infer<typeof Profile>;

export const Readiness = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("provider") }),
    z.object({ kind: z.literal("tcp"), port: z.number().int() }),
    z.object({ kind: z.literal("http"), port: z.number().int(), path: z.string() }),
    z.object({ kind: z.literal("callback") }),
  ])
  .meta({ id: "Readiness" });

export const Instance = z
  .object({
    name: z.string(),
    group: z.string(),
    index: z.number().int().meta({ description: "Place within the group, from 1" }),
    state: InstanceState,
    since: Time,
    ready: z.boolean(),
    readyAt: Time.nullable(),
    runningAt: Time.nullable().meta({ description: "First time running in this attempt" }),
    dependsOn: z.array(z.string()),
    readiness: Readiness,
    profile: Profile,
    machine: z.string().nullable().meta({ description: "The machine that is this instance now" }),
    externalId: z.string().nullable(),
    account: z.string().nullable(),
    realm: z.string().nullable(),
    size: z.string().nullable(),
    instead: orNull(Instead),
    image: z.string(),
    hourlyCost: orNull(Dollars).meta({
      description: "Null when there is no machine, or no longer one, and where nobody knows the price",
    }),
    privateAddress: z.string().nullable(),
    publicAddress: z.string().nullable(),
    tries: z.number().int().meta({ description: "Machines asked for in this attempt" }),
    fault: orNull(Fault),
    step: orNull(z.enum(STEPS)).meta({ description: "What is waited for on the way up" }),
    stepSince: Time.nullable(),
    deadlineAt: Time.nullable().meta({ description: "When that step counts as failed" }),
    usualMs: z
      .number()
      .nullable()
      .meta({ description: "How long that step takes at this account: the median of the latest; null: not known yet" }),
    probeAnswer: z.string().nullable().meta({
      description:
        "What the last try of its readiness check met instead: 401, connection refused; null while none is tried",
    }),
    live: orNull(Live).meta({ description: "The check of it while it is up; null: what its cloud says is enough" }),
    repair: z
      .object({
        mode: z.enum(REPAIR_MODES),
        tries: z.number().int(),
        withinMs: z.number(),
        cascade: z.boolean(),
      })
      .meta({ description: "What becomes of it when it dies once the launch has settled, as the blueprint says" }),
    protect: z.boolean().meta({
      description:
        "As the blueprint says: its machine, once it has run, is replaced only when a request allows it by name",
    }),
    repairSince: Time.nullable().meta({ description: "Since when it is being replaced; null: it is not" }),
    outdated: z.array(z.string()).meta({
      description: "Members that were replaced since it was asked for: its user data tells about their former machines",
    }),
    reboot: orNull(Reboot).meta({ description: "The one under way; null: none is" }),
    rebootable: z.boolean().meta({ description: "POST …/instances/{name}/reboot is possible now" }),
    repairable: z.boolean().meta({ description: "POST …/repair with its name is possible now" }),
    retryable: z.boolean().meta({ description: "POST …/instances/{name}/retry is possible now" }),
  })
  .meta({ id: "Instance" });
export type Instance = z.infer<typeof Instance>;

export const Attempt = z
  .object({
    no: z.number().int(),
    revision: z.number().int().meta({ description: "Number of the revision that it brings up" }),
    account: z.string(),
    realm: z.string().nullable().meta({ description: "Null: in several" }),
    hourlyCost: Dollars.meta({ description: "Of what was chosen at first and has a known price" }),
    startedAt: Time,
    endedAt: Time.nullable(),
    outcome: orNull(z.enum(ATTEMPT_OUTCOMES)),
    reason: z.string().nullable(),
    failedInstance: z.string().nullable(),
    fault: orNull(Fault),
    cost: Dollars.meta({ description: "So far, in dollars, of all its machines whose price is known" }),
    unpriced: z.number().int().meta({ description: "Its instances whose price nobody knows" }),
  })
  .meta({ id: "Attempt", description: "One try of the whole deployment at one account" });
export type Attempt = z.infer<typeof Attempt>;

export const Machine = z
  .object({
    id: z.string(),
    instance: z.string().nullable(),
    attempt: z.number().int(),
    account: z.string(),
    realm: z.string(),
    size: z.string(),
    hourlyCost: orNull(Dollars).meta({ description: "Null: nobody knows the price" }),
    cost: orNull(Dollars).meta({ description: "So far, in dollars; null: nobody knows the price" }),
    state: MachineState,
    open: z.boolean().meta({ description: "The cloud may still hold something for it" }),
    externalId: z.string().nullable(),
    observed: z.enum(OBSERVED_STATES),
    observedAt: Time.nullable(),
    privateAddress: z.string().nullable(),
    publicAddress: z.string().nullable(),
    askedAt: Time,
    madeAt: Time.nullable(),
    closedAt: Time.nullable(),
    undoAskedAt: Time.nullable(),
    debtSince: Time.nullable(),
    quarantinedUntil: Time.nullable().meta({
      description:
        "Its attempt failed for it, and until then it is kept alone; then it is removed. Null: it is not kept",
    }),
    releasable: z.boolean().meta({
      description: "POST …/instances/{name}/release with its instance's name is possible now: it is removed at once",
    }),
    call: orNull(z.enum(CALLS)).meta({ description: "The next call to the cloud" }),
    callAt: Time.nullable(),
    failures: z.number().int(),
    fault: orNull(Fault),
  })
  .meta({ id: "Machine", description: "One row of the ledger" });
export type Machine = z.infer<typeof Machine>;

/** After so many tries minutes have passed: whoever waits for it goes. */
export { STUCK_TRIES } from "../core/deployment.ts";

const deploymentFields = {
  id: z.string(),
  name: z.string(),
  pool: z.string(),
  state: DeploymentState,
  standing: z.enum(STANDINGS).meta({ description: "The state; cancelled: it failed because somebody cancelled it" }),
  summary: z.string().meta({
    description: "The same in words, to stand behind the name: is stopped, but 2 machines are not proven gone",
  }),
  since: Time,
  final: z.boolean().meta({ description: "No move leaves this state" }),
  failure: z.string().nullable().meta({ description: "Why it failed or is incomplete" }),
  partial: z.boolean(),
  blueprint: z.string().meta({ description: "The blueprint's name" }),
  revision: z.number().int().meta({ description: "Number of the revision that it has, or is on its way to" }),
  attempt: z.number().int().meta({ description: "The attempt under way or last made; 0 before the first" }),
  account: z.string().nullable().meta({ description: "Of that attempt" }),
  createdAt: Time,
  createdBy: z.string(),
  firstRunningAt: Time.nullable(),
  allRunningAt: Time.nullable(),
  leaseMs: LeaseMs.nullable().meta({
    description: "How long it runs, from when all of it runs, until it stops by itself; null: until it is stopped",
  }),
  holdMs: HoldMs.nullable().meta({
    description: "How long a failed attempt stays for study before it is undone; null: it is undone at once",
  }),
  quarantineMs: QuarantineMs.nullable().meta({
    description: "How long the machine that an attempt failed for is kept alone; null: it is undone with the rest",
  }),
  leaseEndsAt: Time.nullable().meta({ description: "When that is; null: no lease, or its launch has not settled yet" }),
  launchEndedAt: Time.nullable().meta({
    description:
      "When the launch had settled, whole or in part, or was given up; null while it is under way, and when it went with the attempts",
  }),
  endedAt: Time.nullable(),
  deletedAt: Time.nullable(),
  relaunchOf: z.string().nullable().meta({ description: "Id of the deployment that this one launches once more" }),
  successor: z.string().nullable().meta({ description: "Id of the deployment that has its name since" }),
  actions: z.array(Action).meta({ description: "What may be asked for now" }),
  parked: orNull(Parked),
  seeksUntil: Time.nullable().meta({
    description:
      "Its rollback is stuck, and until then it looks for an account to go on at; null when it does not look",
  }),
};

export const DeploymentSummary = z
  .object({
    ...deploymentFields,
    instanceCount: z.number().int(),
    readyCount: z.number().int(),
    debtCount: z.number().int(),
  })
  .meta({ id: "DeploymentSummary" });
export type DeploymentSummary = z.infer<typeof DeploymentSummary>;

export const DeploymentPage = z
  .object({
    deployments: z.array(DeploymentSummary),
    next: z.string().nullable().meta({
      description:
        "The next page's cursor. A search among thousands may end a page early, even before it has found any: it goes on there",
    }),
  })
  .meta({ id: "DeploymentPage" });
export type DeploymentPage = z.infer<typeof DeploymentPage>;

export const Deployment = z
  .object({
    ...deploymentFields,
    ref: z.string().meta({
      description:
        "What names it and no other: its name, or its id where another pool has one of that name, or it is deleted",
    }),
    troubles: z.array(z.object({ account: z.string(), text: z.string() })).meta({
      description:
        "Accounts that cannot be used now and that calls for its machines wait for, or, while it looks for an account, that have not answered whether they have what it wants; each with the reason",
    }),
    parameters: z.record(z.string(), orNull(ParameterValue)).meta({ description: "Null: secret" }),
    outputs: z
      .array(Output)
      .meta({ description: "Secret ones without their value: that is told by the outputs alone" }),
    maxAttempts: z.number().int(),
    launchDeadlineAt: Time,
    eventNo: z.number().int().meta({ description: "Number of the last event" }),
    kept: z
      .object({
        stepsFrom: z
          .number()
          .int()
          .meta({ description: "The oldest event that is kept, or, with none kept, the next one" }),
        consolesGoneAt: Time.nullable().meta({ description: "When what was kept of its machines' consoles went" }),
        ledgerGoneAt: Time.nullable().meta({ description: "When its attempts and machines went" }),
      })
      .meta({ description: "What is gone by the retention of its pool" }),
    cancelAskedAt: Time.nullable(),
    removingAt: Time.nullable().meta({
      description: "Since when an update removes what was before: from then on it goes forward. Null: none does",
    }),
    stopAskedAt: Time.nullable(),
    deleteAskedAt: Time.nullable(),
    instances: z.array(Instance),
    revisions: z.array(Revision),
    attempts: z.array(Attempt),
    machines: z.array(Machine).meta({ description: "All ever asked for, oldest first" }),
    cost: z
      .object({
        total: Dollars.nullable(),
        perHour: Dollars,
        failedAttempts: Dollars.nullable(),
        unpriced: z.number().int().meta({
          description: "Machines that have cost something and are in no sum, since nobody knows their price",
        }),
        unpricedNow: z.number().int().meta({ description: "Those of them that are open now" }),
      })
      .meta({
        description:
          "So far, failed attempts included; per hour for what is open now. Null: went with its attempts and machines",
      }),
    study: orNull(Study),
    undoBy: Time.nullable().meta({
      description: "While it is being brought down: what is not proven gone by then is debt; else null",
    }),
    debt: z.object({
      count: z.number().int(),
      perHour: Dollars,
      total: Dollars,
      unpriced: z.number().int().meta({ description: "In neither sum, since nobody knows their price" }),
      why: z.string().nullable().meta({ description: "Why it is not proven gone, each cause once; null without debt" }),
    }),
  })
  .meta({ id: "Deployment" });
export type Deployment = z.infer<typeof Deployment>;

export const DEPLOYMENTS_PER_PAGE = { usual: 50, most: 500 } as const;
export const EVENTS_PER_PAGE = { usual: 500, most: 5_000 } as const;
