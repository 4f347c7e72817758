// What an account's check tries beside its keys: whether machines could be made here at all. Makes nothing; once a session.

import { machineId } from "../../core/ids.ts";
import { whereIn } from "../../core/market/where.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { accountFault } from "./faults.ts";
import { tagsFor } from "./names.ts";
import { realms } from "./offers.ts";
import { DEFAULT_SUBNETS } from "./places.ts";

export async function tryCreate(desk: Desk, signal: AbortSignal): Promise<void> {
  if (desk.mayCreate) return;
  await tryPermission(desk, signal);
  await tryNetworks(desk, signal);
  desk.mayCreate = true;
}

/** EC2 looks at permissions before it looks at anything else: of the image nothing is known there, nor need it. */
async function tryPermission(desk: Desk, signal: AbortSignal): Promise<void> {
  const asked = {
    DryRun: true,
    ImageId: "ami-00000000",
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: tagsFor({ name: machineId("slipway-check"), realm: "", labels: {} }, ["instance", "volume"]),
  } as const;
  try {
    await desk.session.ask((ec2, options) => ec2.runInstances(asked, options), signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const { class: of, code, text } = error.fault;
    if (code === "UnauthorizedOperation") {
      const told = `these keys may not make instances with their tags (ec2:RunInstances, ec2:CreateTags): ${text}`;
      throw accountFault({ class: "auth", code }, told, error);
    }
    if (of === "auth" || of === "account" || of === "throttle" || of === "transient") throw error;
  }
}

/** A blueprint may name networks itself; without any from anybody, machines are in a zone's default subnet. */
async function tryNetworks(desk: Desk, signal: AbortSignal): Promise<void> {
  const { session, settings } = desk;
  const zones = await realms(desk, signal);
  if (zones.some((zone) => whereIn(settings.where, zone, {}).networks !== undefined)) return;
  const asked = { Filters: [DEFAULT_SUBNETS] };
  const { Subnets = [] } = await session.ask((ec2, options) => ec2.describeSubnets(asked, options), signal);
  if (Subnets.length > 0) return;
  const text = `no zone of ${settings.region} has a default subnet: name subnets as networks in the account's where`;
  throw accountFault({ class: "config", code: "no_default_subnet" }, text);
}
