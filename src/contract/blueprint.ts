import { z } from "zod";
import { NumberValue, ParameterType, ParameterValue } from "./deployment.ts";
import { OutlinedOutput } from "./output.ts";
import { ProblemError } from "./problem.ts";
import { orNull, Time } from "./terms.ts";

export const BlueprintText = z
  .strictObject({
    source: z.string().meta({ description: "YAML, at most 256 KiB" }),
  })
  .meta({ id: "BlueprintText" });
export type BlueprintText = z.infer<typeof BlueprintText>;

export const BlueprintCheck = z
  .strictObject({
    ...BlueprintText.shape,
    keepsNumbers: z.boolean().optional().meta({
      description:
        "It is for a deployment that is there, or was, whose members keep their numbers: they may have others than from 1 on",
    }),
  })
  .meta({ id: "BlueprintCheck" });
export type BlueprintCheck = z.infer<typeof BlueprintCheck>;

/** A parameter as a launch form shows it. */
export const Parameter = z
  .object({
    name: z.string(),
    type: ParameterType,
    description: z.string().nullable(),
    secret: z.boolean(),
    required: z.boolean().meta({ description: "It must end up with a value that is not blank" }),
    hasDefault: z.boolean().meta({ description: "It may be left out" }),
    default: orNull(ParameterValue).meta({ description: "Null: none, or secret" }),
    choices: z.array(ParameterValue).nullable().meta({ description: "Null: any value" }),
    min: orNull(NumberValue),
    max: orNull(NumberValue),
    userDataOnly: z.boolean().meta({ description: "It decides nothing that is asked for: a plan does without" }),
  })
  .meta({ id: "Parameter" });
export type Parameter = z.infer<typeof Parameter>;

export const InstanceGroup = z
  .object({
    name: z.string(),
    count: orNull(z.number().int()).meta({ description: "Null: parameters decide" }),
    image: z.string().nullable().meta({ description: "The first of its alternatives; null: parameters decide" }),
    dependsOn: z.array(z.string()).meta({ description: "Groups, written or implied by references" }),
  })
  .meta({ id: "InstanceGroup" });
export type InstanceGroup = z.infer<typeof InstanceGroup>;

/** What a blueprint says before a launch gives its parameters. */
export const BlueprintOutline = z
  .object({
    name: z.string(),
    parameters: z.array(Parameter),
    instances: z.array(InstanceGroup),
    outputs: z.array(OutlinedOutput),
  })
  .meta({ id: "BlueprintOutline" });
export type BlueprintOutline = z.infer<typeof BlueprintOutline>;

export const CheckedBlueprint = BlueprintOutline.extend({
  warnings: z.array(ProblemError).meta({ description: "What no account can host at present" }),
  checkedAt: z
    .array(z.string())
    .meta({ description: "Accounts whose offers are known: images and hardware were looked for there" }),
}).meta({ id: "CheckedBlueprint" });
export type CheckedBlueprint = z.infer<typeof CheckedBlueprint>;

const BlueprintVersion = z
  .object({ name: z.string(), version: z.number().int(), createdAt: Time, createdBy: z.string() })
  .meta({ id: "BlueprintVersion" });

export const BlueprintList = z
  .object({ blueprints: z.array(BlueprintVersion) })
  .meta({ id: "BlueprintList", description: "The newest version of each; or, of one, all versions, newest first" });
export type BlueprintList = z.infer<typeof BlueprintList>;

export const StoredBlueprint = BlueprintVersion.extend({
  source: z.string().meta({ description: "As it was given, comments included" }),
  outline: BlueprintOutline,
}).meta({ id: "StoredBlueprint" });
export type StoredBlueprint = z.infer<typeof StoredBlueprint>;

export const PutBlueprint = StoredBlueprint.extend({
  isNew: z.boolean().meta({ description: "False: the newest version has this very text, so no other was made" }),
}).meta({ id: "PutBlueprint" });
export type PutBlueprint = z.infer<typeof PutBlueprint>;
