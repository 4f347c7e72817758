import type { Instance, Machine } from "../../../../src/contract/deployment.ts";
import { UNKNOWN_PRICE } from "../../../../src/contract/price.ts";
import { Money } from "../../components/money.tsx";

/** Of what stands for the instance at a cloud now. */
export function InstancePrice({ instance, machine }: { instance: Instance; machine: Machine | undefined }) {
  if (instance.hourlyCost !== null) return <Money dollars={instance.hourlyCost} per="hour" />;
  return machine?.open === true ? UNKNOWN_PRICE : "–";
}
