// DEPLOYMENT/INSTANCE, as people name one machine.

import { Deployment, type Instance, type Machine } from "../contract/deployment.ts";
import { noSuch } from "../contract/no-such.ts";
import { type Client, path } from "./client.ts";
import { badInput } from "./complaint.ts";

export interface Target {
  readonly deployment: Deployment;
  readonly instance: Instance;
}

/** The instance may be left out where there is but one. Throws a Complaint that says which there are. */
export async function targetOf(client: Client, given: string): Promise<Target> {
  const [ref = "", name, ...more] = given.split("/");
  if (ref === "" || name === "" || more.length > 0)
    throw badInput(`${given}: write DEPLOYMENT/INSTANCE, as in shop/web-1`);
  const deployment = await client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment });
  const { instances } = deployment;
  const names = instances.map((one) => one.name);
  const [only, ...others] = instances;
  if (name === undefined) {
    if (only !== undefined && others.length === 0) return { deployment, instance: only };
    throw badInput(
      `${ref} has several instances: say which, as in ${ref}/${names[0] ?? "web"}`,
      `instances: ${names.join(", ")}`,
    );
  }
  const instance = instances.find((one) => one.name === name);
  if (instance === undefined) throw badInput(`in deployment ${ref} ${noSuch("instance", name, names)}`);
  return { deployment, instance };
}

/** Its machine where that is there to be reached: made, and not on its way out. */
export function machineThere({ machines }: Deployment, { machine }: Instance): Machine | null {
  const found = machines.find(({ id }) => id === machine);
  return found !== undefined && found.open && found.undoAskedAt === null ? found : null;
}
