// What stages over the datacentre have in common, whichever of its faces a provider speaks with. Nobody waits: whoever lets time pass moves
// the datacentre's clock.

import type { Clock } from "../../../datacentre/src/clock.ts";
import type { CloudOperator } from "../../../datacentre/src/cloud-operator.ts";
import { createDatacentre } from "../../../datacentre/src/datacentre.ts";
import type { Face } from "../../../datacentre/src/faces/face.ts";
import type { FaultRule } from "../../../datacentre/src/fault.ts";
import { serveDatacentre } from "../../../datacentre/src/server.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import type { TenantApi } from "../../../datacentre/src/tenant-api.ts";
import { OWNER_LABELS } from "../../core/machine.ts";
import type { SituationStage } from "./parts.testsuite.ts";
import { listAll, SUITE_INSTALLATION } from "./stage.testsuite.ts";

/** How a datacentre's cloud differs from the usual one. */
export interface OtherCloud {
  readonly settings?: Partial<CloudSettings>;
  readonly lostAnswers?: "hang" | "destroy";
  readonly arrange?: (operator: CloudOperator) => void;
}

/** Nothing comes of faults in it, and no parts stand alone, unless the provider's own stage says otherwise. */
export interface ServedCloud extends Pick<
  SituationStage,
  "settle" | "parts" | "plantPart" | "vanish" | "fall" | "logins" | typeof Symbol.asyncDispose
> {
  readonly url: string;
  readonly operator: CloudOperator;
  /** The cloud's first tenant, without any face. */
  readonly tenant: TenantApi;
}

const MINUTE_MS = 60_000;

export async function serveCloud(
  { face, settings: usual }: { readonly face: Face; readonly settings: CloudSettings },
  { settings: other, lostAnswers = "destroy", arrange }: OtherCloud,
): Promise<ServedCloud> {
  const settings = { ...usual, ...other };
  const [tenant] = settings.tenants;
  if (tenant === undefined) throw new Error("nobody may log in");
  const clock = impatientClock();
  const datacentre = createDatacentre({ clouds: [settings], clock });
  const operator = datacentre.cloud(settings.name);
  arrange?.(operator);
  const served = await serveDatacentre(datacentre, { port: 0, face, lostAnswers });
  return {
    url: served.url,
    operator,
    tenant: datacentre.connect({ tenant: tenant.name, key: tenant.key }),
    settle: async () => clock.pass(MINUTE_MS),
    parts: async () => operator.snapshot().parts.map(({ name }) => name),
    plantPart: async () => undefined,
    vanish: async (id) => operator.vanish(id),
    fall: () => undefined,
    logins: () => loginsOf(operator),
    [Symbol.asyncDispose]: () => served.close(),
  };
}

export function loginsOf(operator: CloudOperator): ReturnType<SituationStage["logins"]> {
  const [tenant] = operator.snapshot().tenants;
  return { begun: tenant?.logins ?? 0, open: tenant?.sessions ?? 0 };
}

/** Whoever sleeps moves time forward. Enough where one caller does one thing after the other. */
export function impatientClock(): Clock & { pass(ms: number): void } {
  let now = Date.now();
  const pass = (ms: number): void => {
    now += ms;
  };
  return { now: () => now, sleep: async (ms) => pass(ms), pass };
}

export const faulty = (...rules: FaultRule[]): Required<Pick<OtherCloud, "arrange">> => ({
  arrange: (operator) => operator.addFaults(rules),
});

/** How many requests the cloud's first tenant makes meanwhile. */
export async function counted(
  { operator }: Pick<ServedCloud, "operator">,
  act: () => Promise<unknown>,
): Promise<number> {
  const before = callsAt(operator);
  await act();
  return callsAt(operator) - before;
}

function callsAt(operator: CloudOperator): number {
  const [tenant] = operator.snapshot().tenants;
  return Object.values(tenant?.calls ?? {}).reduce((sum, count) => sum + count, 0);
}

/** A cloud on which nobody lacks anything. */
export const ENDLESS = [{ cpu: 1e6, memoryMib: 1e9, storageGib: 1e9 }] as const;

/** How many of so many machines a whole list has, and how many requests it takes, once all is known that needs to be asked for only once. */
export async function pollOf(
  stage: SituationStage & Pick<ServedCloud, "operator">,
  count: number,
): Promise<{ readonly machines: number; readonly requests: number }> {
  const labels = { [OWNER_LABELS.installation]: SUITE_INSTALLATION };
  for (let no = 0; no < count; no += 1) await stage.plant(`sw-m${no}`, labels);
  await stage.settle();
  await listAll(stage.cloud);
  let machines = 0;
  const requests = await counted(stage, async () => {
    machines = (await listAll(stage.cloud)).length;
  });
  return { machines, requests };
}
