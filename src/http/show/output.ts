import type * as contract from "../../contract/output.ts";
import type { Output } from "../../core/blueprint/blueprint.ts";
import type { ResolvedOutput } from "../../core/blueprint/model.ts";
import type { KnownOutput } from "../../core/story/outputs.ts";

/** `mayKnow`: secret ones too. */
export function showOutput(output: KnownOutput, mayKnow: boolean): contract.Output {
  const { name, description, secret, value, missing } = output;
  const isTold = !secret || mayKnow;
  return { name, description, secret, value: isTold ? value : null, missing: isTold ? missing : null };
}

export function showPlannedOutput({ value, ...output }: ResolvedOutput): contract.PlannedOutput {
  const from = value.flatMap((part) => (part.kind === "instance" ? part.instances : []));
  return { ...showOutlinedOutput(output), from: [...new Set(from)] };
}

export function showOutlinedOutput(output: Omit<Output, "value">): contract.OutlinedOutput {
  const { name, description, secret } = output;
  return { name, description, secret };
}
