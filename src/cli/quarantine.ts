// The machine that a launch failed for, kept alone for a while: the options that say for how long, and what is told of it.

import { Deployment, type Machine } from "../contract/deployment.ts";
import { readQuarantine } from "../contract/lease.ts";
import { type Client, path, Refused } from "./client.ts";
import { badInput, Complaint } from "./complaint.ts";
import { type TimeOrNone, timeOrNone, unlessNone } from "./lease.ts";
import { duration, hourlyText } from "./print.ts";

function quarantineMs(place: string, given: string): number {
  const read = readQuarantine(given);
  if ("ms" in read) return read.ms;
  throw badInput(`${place}: ${read.wrong}`);
}

export const QUARANTINE_OPTION = [
  "--quarantine <time>",
  "how long the machine that an attempt failed for is kept alone, at most 7d: 4h; `slipway release NAME/INSTANCE` ends it sooner; none: not at all",
  timeOrNone("--quarantine", "no quarantine", (given) => quarantineMs(`--quarantine ${given}`, given)),
] as const;

export const MAX_QUARANTINE_OPTION = [
  "--max-quarantine <time>",
  "how long a machine that a launch failed for may be kept there; none: as long as the launch says",
  timeOrNone("--max-quarantine", "no bound; the least is 1s", (given) =>
    quarantineMs(`--max-quarantine ${given}`, given),
  ),
] as const;

export interface MaxQuarantineOptions {
  readonly maxQuarantine?: TimeOrNone;
}

export const maxQuarantineOf = ({ maxQuarantine }: MaxQuarantineOptions): number | null | undefined =>
  unlessNone(maxQuarantine);

/** A sentence for each machine that is kept. */
export function quarantineLines({ ref, machines }: Deployment, now: number): string[] {
  return machines.flatMap((machine) => {
    const { quarantinedUntil: until, instance } = machine;
    if (until === null || instance === null) return [];
    const left = duration(Math.max(0, Date.parse(until) - now));
    const sooner = machine.releasable ? `; sooner: slipway release ${ref}/${instance}` : "";
    const { id, account, attempt } = machine;
    return [
      `In quarantine: machine ${id} of ${instance}, for which attempt ${attempt} failed at ${account}${whereText(machine)}, ${priceText(machine)}, for another ${left}, until ${until}${sooner}`,
    ];
  });
}

/** What a release of an instance that is not in quarantine was refused for, with those that are; any other error as it is. */
export async function withOthersKept(
  error: unknown,
  { client, ref, instance }: { readonly client: Client; readonly ref: string; readonly instance: string },
): Promise<unknown> {
  if (!(error instanceof Refused) || error.problem.code !== "not_in_this_state") return error;
  const ask = client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  const deployment = await ask.catch(() => null);
  if (deployment === null) return error;
  const kept = deployment.machines.flatMap((one) => (one.quarantinedUntil === null ? [] : (one.instance ?? [])));
  if (kept.length === 0 || kept.includes(instance)) return error;
  const others = [...Map.groupBy(kept, (name) => name)];
  const counted = others.map(([name, of]) => `${of.length === 1 ? "one" : of.length} of ${name}`);
  const command = ["slipway release", ...others.map(([name]) => `${deployment.ref}/${name}`)].join(" ");
  const text = `${deployment.name} keeps none of ${instance} in quarantine, only ${counted.join(", ")}: ${command}`;
  return new Complaint(error.exitCode, text, { cause: error });
}

const priceText = ({ hourlyCost }: Machine): string =>
  hourlyText(hourlyCost === null ? { dollars: 0, unpriced: 1 } : { dollars: hourlyCost, unpriced: 0 });

function whereText({ publicAddress, privateAddress }: Machine): string {
  const address = publicAddress ?? privateAddress;
  return address === null ? "" : ` (${address})`;
}
