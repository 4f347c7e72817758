// What an account may have, in vCPUs by family of types. EC2's API does not tell it; Service Quotas does, to those who may ask.

import { isAmount } from "../../core/market/sound.ts";
import { pages } from "../../cloud-http/pages.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";

/** By dimension. */
export type Limits = ReadonlyMap<string, number>;

/**
 * By the codes of Service Quotas. Of spot machines with P types it has several, for some types each, so that none of them is taken.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const DIMENSIONS: ReadonlyMap<string, string> = new Map([
  ["L-1216C47A", "cpu/standard"],
  ["L-74FC7D96", "cpu/f"],
  ["L-DB2E81BA", "cpu/g"],
  ["L-417A185B", "cpu/p"],
  ["L-7295265B", "cpu/x"],
  ["L-1945791B", "cpu/inf"],
  ["L-2C3B7624", "cpu/trn"],
  ["L-6E869C2A", "cpu/dl"],
  ["L-F7808C92", "cpu/hpc"],
  ["L-43DA4232", "cpu/high-memory"],
  ["L-34B43A08", "cpu/spot-standard"],
  ["L-88CF9481", "cpu/spot-f"],
  ["L-3819A6DF", "cpu/spot-g"],
  ["L-E3A00192", "cpu/spot-x"],
  ["L-B5D1601B", "cpu/spot-inf"],
  ["L-6B0D517C", "cpu/spot-trn"],
  ["L-85EED4F7", "cpu/spot-dl"],
]);

/** They change when somebody has asked Amazon, or was let in. */
const KEPT_MS = 10 * 60_000;
/** Usage does not wait longer for a service that it can do without. */
const PATIENCE_MS = 5_000;

/** The account's own limits, and those of Service Quotas where they are lower or the account says nothing. */
export async function limitsOf(desk: Desk, signal: AbortSignal): Promise<Limits> {
  const { limits: own } = desk.settings;
  const told = await toldLimits(desk, signal);
  const all = [...new Set([...own.keys(), ...told.keys()])].toSorted();
  return new Map(
    all.map((dimension) => [dimension, Math.min(own.get(dimension) ?? Infinity, told.get(dimension) ?? Infinity)]),
  );
}

/** Whoever may not ask, or gets no answer, has what was told last, and tries again later. */
async function toldLimits(desk: Desk, signal: AbortSignal): Promise<Limits> {
  const { toldLimits: kept } = desk;
  if (kept !== null && performance.now() - kept.askedAt < KEPT_MS) return kept.limits;
  const limits = (await askedLimits(desk, signal)) ?? kept?.limits ?? new Map<string, number>();
  desk.toldLimits = { limits, askedAt: performance.now() };
  return limits;
}

/** As many as Service Quotas gives at once. */
const PAGE = 100;

/** Null: it does not say. */
async function askedLimits({ session }: Desk, signal: AbortSignal): Promise<Limits | null> {
  const { askQuotas } = session;
  if (askQuotas === null) return null;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const read = async (cursor: string | null) => {
    const asked = { ServiceCode: "ec2", MaxResults: PAGE, ...(cursor === null ? {} : { NextToken: cursor }) };
    const answer = await askQuotas((quotas, options) => quotas.listServiceQuotas(asked, options), patience);
    return { items: answer.Quotas ?? [], next: answer.NextToken ?? null };
  };
  const limits = new Map<string, number>();
  try {
    for await (const { QuotaCode = "", Value } of pages(read, { signal: patience })) {
      const dimension = DIMENSIONS.get(QuotaCode);
      if (dimension !== undefined && isAmount(Value)) limits.set(dimension, Number(Value));
    }
    return limits;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderFault || patience.aborted) return null;
    throw error;
  }
}
