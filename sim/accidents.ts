// What happens to clouds and machines from outside: outages, limits, failed hosts, machines that die, machines of others.

import { CloudError } from "../datacentre/src/cloud-api.ts";
import type { Limits } from "../datacentre/src/tenant-api.ts";
import { accountId } from "../src/core/ids.ts";
import type { Mishap, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import type { Witness } from "./witness.ts";

type Of<K extends Mishap["kind"]> = Extract<Mishap, { kind: K }>;
export type Accident = Of<
  "outage" | "suspension" | "quota" | "host_down" | "accident" | "blindness" | "foreign" | "switched_off"
>;

interface Ground {
  readonly stage: Stage;
  readonly witness: Witness;
  readonly scenario: Scenario;
}

/** Makes one happen, and undoes it when its time is over. Returns false when there was nothing that it could happen to. */
export function happen(ground: Ground, accident: Accident): boolean {
  const { clock, datacentre } = ground.stage;
  const cloud = datacentre.cloud(accident.cloud);
  const inTime = (ms: number, set: (isOn: boolean) => void): boolean => {
    set(true);
    void clock.sleep(ms).then(() => set(false));
    return true;
  };
  switch (accident.kind) {
    case "outage":
      return inTime(accident.forMs, (isOn) => cloud.setOutage(isOn));
    case "suspension":
      return inTime(accident.forMs, (isOn) => cloud.setSuspended(accident.cloud, isOn));
    case "quota": {
      const whole = wholeLimit(ground.scenario, accident.cloud);
      const lower = { ...whole, instances: accident.instances };
      return inTime(accident.forMs, (isOn) => cloud.setQuota(accident.cloud, isOn ? lower : whole));
    }
    case "host_down": {
      const [host] = cloud.snapshot().hosts;
      return host !== undefined && inTime(accident.forMs, (isOn) => cloud.setHostDown(host, isOn));
    }
    case "accident":
      return strike(ground, accident);
    case "blindness":
      cloud.addFaults([{ on: "list", times: accident.lists, do: { kind: "list_empty" } }]);
      return true;
    case "foreign":
      return plant(ground, accident);
    case "switched_off":
      return inTime(accident.forMs, (isOn) => void turn(ground, accident.cloud, !isOn).catch(ground.witness.onBug));
  }
}

/** What the account is allowed while nobody lowers it. The limit of the moment would make one lowering outlast another that it overlaps. */
function wholeLimit(scenario: Scenario, cloud: string): Limits {
  const { settings } = scenario.clouds.find((one) => one.settings.name === cloud) ?? {};
  return settings?.tenants?.[0]?.quota ?? {};
}

function strike({ stage, witness }: Ground, { cloud: name, pick, to }: Of<"accident">): boolean {
  const cloud = stage.datacentre.cloud(name);
  const ours = [...witness.facts.lives.values()].filter(
    (life) => life.cloud === name && life.owner !== null && life.goneAt === null,
  );
  const victim = ours[pick % Math.max(1, ours.length)];
  if (victim === undefined) return false;
  if (to === "vanished") cloud.vanish(victim.externalId);
  else cloud.kill(victim.externalId, { to });
  return true;
}

function plant({ stage, scenario }: Ground, { cloud, name }: Of<"foreign">): boolean {
  const { settings } = scenario.clouds.find((one) => one.settings.name === cloud) ?? {};
  const realm = settings?.realms[0]?.name ?? "";
  try {
    stage.datacentre.cloud(cloud).plant(cloud, { name, realm, size: "small", image: "debian-12" });
    return true;
  } catch (error) {
    // A full cloud takes no more machines, not even those of others.
    if (!(error instanceof CloudError)) throw error;
    return false;
  }
}

async function turn({ stage }: Ground, cloud: string, enabled: boolean): Promise<void> {
  await stage.people.write(async (tx) => {
    const account = await tx.lockAccount(accountId(`acc-${cloud}`));
    if (account !== null) await tx.putAccount({ ...account, enabled }, null);
  });
}
