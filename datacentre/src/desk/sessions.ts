// Logins, counted, and their end.

import { CloudError } from "../cloud-api.ts";
import type { Session } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";

export function login({ cloud, tenant }: Asked): Session {
  const session = cloud.sessions.begin(tenant.name, cloud.agenda.now());
  tenant.logins += 1;
  return session;
}

/** Also of one that is over already. Throws `not_found` for somebody else's. */
export function logout({ cloud, tenant }: Asked, token: string): null {
  const owner = cloud.sessions.use(token, cloud.agenda.now());
  if (owner !== null && owner !== tenant.name) throw new CloudError("not_found", "No such session");
  cloud.sessions.end(token);
  return null;
}
