// A blueprint as written: checked as far as it can be without parameters and hardware profiles. Groups are the entries
// of `instances`; a group with a count becomes several instances when it is resolved.

import type { Place } from "./located.ts";
import type { Spot } from "./mistake.ts";
import type { Written } from "./number.ts";
import type { Given } from "./reader.ts";
import type {
  InstanceAttribute,
  LaunchPolicy,
  ParameterType,
  RepairPolicy,
  ResolvedInstance,
  TemplatePart,
  UpdatePolicy,
  Where,
} from "./model.ts";

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  /** Null: no default. */
  readonly default: Given | null;
  /** A required one must end up with a value that is not blank. */
  readonly required: boolean;
  readonly secret: boolean;
  readonly description: string | null;
  readonly choices: readonly Given[] | null;
  /** Bounds of integers and numbers. */
  readonly min: Written | null;
  readonly max: Written | null;
  readonly spot: Spot;
}

export type TextOrParameter = Extract<TemplatePart, { kind: "text" | "parameter" }>;

/** A value that is written out, or one that waits for parameters. */
export type Open<T> =
  | { readonly kind: "known"; readonly value: T; readonly spot: Spot }
  | { readonly kind: "open"; readonly parts: readonly TextOrParameter[]; readonly spot: Spot };

export type OpenProfile =
  | { readonly kind: "named"; readonly name: Open<string> }
  | {
      readonly kind: "custom";
      readonly cpu: Open<number>;
      readonly memoryMib: Open<number>;
      readonly storageGib: Open<number>;
      readonly architecture: Open<string>;
      readonly accelerators: Open<number>;
      readonly acceleratorKind: Open<string>;
      readonly spot: Spot;
    };

export type OpenReadiness =
  | { readonly kind: "provider" }
  | { readonly kind: "callback" }
  | { readonly kind: "tcp"; readonly port: Open<number> }
  | { readonly kind: "http"; readonly port: Open<number>; readonly path: Open<string> };

/** As in Where; null: left out. */
export interface OpenWhere {
  readonly networks: OpenNames | null;
  readonly securityGroups: OpenNames | null;
  readonly key: Open<string> | null;
  readonly publicKey: Open<string> | null;
  readonly publicAddress: Open<boolean> | null;
  readonly hosts: Open<NonNullable<Where["hosts"]>> | null;
  readonly volumes: OpenNames | null;
}

export interface OpenNames {
  readonly names: readonly Open<string>[];
  readonly spot: Spot;
}

export interface GroupReference {
  readonly kind: "group";
  readonly group: string;
  /** 1-based; null: all members. */
  readonly member: number | null;
  readonly attribute: InstanceAttribute;
  readonly spot: Spot;
}

export type OpenTemplatePart = Exclude<TemplatePart, { kind: "instance" }> | GroupReference;

/** An entry of dependsOn. */
interface NamedGroup {
  readonly group: string;
  readonly spot: Spot;
}

export interface OpenLiveCheck {
  readonly check: Extract<OpenReadiness, { port: unknown }>;
  readonly periodMs: number;
  readonly failures: number;
}

export interface Group {
  readonly name: string;
  /** Alternatives, the first preferred; at least one. */
  readonly images: readonly Open<string>[];
  readonly profiles: readonly OpenProfile[];
  readonly spot: ResolvedInstance["spot"];
  readonly where: OpenWhere;
  /** Where its key placement stands; the group itself when it has none. */
  readonly placedAt: Spot;
  /** Null: one instance with the group's own name. */
  readonly count: Open<number> | null;
  readonly dependsOn: readonly NamedGroup[];
  readonly userData: readonly OpenTemplatePart[];
  readonly ready: OpenReadiness;
  readonly live: OpenLiveCheck | null;
  readonly repair: RepairPolicy;
  readonly update: UpdatePolicy;
  readonly protect: boolean;
  /** Where it stands in the document. */
  readonly at: Spot;
}

export interface Output {
  readonly name: string;
  readonly description: string | null;
  readonly secret: boolean;
  readonly value: readonly OpenTemplatePart[];
}

export interface Blueprint {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Where parameters are declared, or would be. */
  readonly parametersAt: Place;
  /** In the document's order; without cycles. */
  readonly groups: readonly Group[];
  /** In the document's order. */
  readonly outputs: readonly Output[];
  readonly policy: LaunchPolicy;
}
