// What the token may do, by the server's word: nobody is asked for a secret that is then refused, nor told of a command that the
// role forbids.

import { About, type Resource } from "../contract/operation.ts";
import { type Client, otherToken } from "./client.ts";
import { Complaint, EXIT } from "./complaint.ts";

/** True when the token may change such things. */
export async function mayChange(client: Client, resource: Resource): Promise<boolean> {
  return (await client.ask({ path: "/v1/about", reply: About })).may.includes(resource);
}

/** Throws a Complaint when the token may not change such things. */
export async function permit(client: Client, resource: Resource): Promise<void> {
  const { token, may } = await client.ask({ path: "/v1/about", reply: About });
  if (may.includes(resource)) return;
  const message = `token ${token.name} has the role ${token.role}, which may not change ${resource}`;
  throw new Complaint(EXIT.noAccess, message, { details: [otherToken(client.url)] });
}

/** The hint, or nothing, for those who may do what it says. */
export async function hintFor(client: Client, resource: Resource, hint: string): Promise<string> {
  return (await mayChange(client, resource)) ? ` ${hint}` : "";
}
