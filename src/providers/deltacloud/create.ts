// How a machine is made: in one request, under a name that tells whose it is. Deltacloud has no idempotency key and takes any name as often
// as it comes, so nothing is sent twice, and a name that was asked for before is looked for first.

import { beforehand } from "../../cloud-http/faults.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { isAskedAgain } from "../../ports/recall.ts";
import type { Desk } from "./desk.ts";
import { entryOf, featureOf } from "./entry.ts";
import { accountFault } from "./faults.ts";
import { cloudName, handleOf, type Whose } from "./names.ts";
import { NO_REALM, observe } from "./observe.ts";
import { sizeFields } from "./offers.ts";
import { placeFields } from "./places.ts";
import { type Entry, type Instance, readInstance } from "./schema.ts";
import { instancesNamed } from "./sights.ts";

/** As much as the smallest of the clouds behind it takes: EC2's limit, which others have taken over. */
export const USER_DATA_BYTES_MOST = 16 * 1024;

export async function create(desk: Desk, request: CreateRequest, signal: AbortSignal): Promise<Observed> {
  signal.throwIfAborted();
  const { name, realm } = request;
  const whose = { owner: request.labels[OWNER_LABELS.installation] ?? "nobody", name };
  const as = { realm, machine: { name, realm, handle: handleOf(whose) } };
  if (isAskedAgain(desk.asked, name)) {
    const [earlier] = await beforehand(instancesNamed(desk, whose, signal));
    if (earlier !== undefined) return observe(earlier, { ...as, endsWhenStopped: false });
  }
  const fields = await beforehand(fieldsFor(desk, { request, whose }, signal));
  const made = await asked(desk, { fields, userData: request.userData }, signal);
  if (made.name !== "" && made.name !== cloudName(whose)) {
    throw new ProviderFault(notTaken(desk, made), { externalId: made.id });
  }
  // It is there: nothing is asked any more that could fail. What a strange state means, a look tells.
  return observe(made, { ...as, endsWhenStopped: false });
}

interface Making {
  readonly request: CreateRequest;
  readonly whose: Whose;
}

type Fields = Readonly<Record<string, string>>;

/** https://deltacloud.apache.org/rest-api.html: fields of a form, as JSON is ignored. */
async function fieldsFor(desk: Desk, { request, whose }: Making, signal: AbortSignal): Promise<Fields> {
  const { image, realm, userData, where } = request;
  const entry = await entryOf(desk, signal);
  const name = cloudName(whose);
  refuseName(desk, { entry, name });
  refuseUserData(desk, { entry, userData });
  const [size, place] = [await sizeFields(desk, request, signal), await placeFields(desk, where, signal)];
  return {
    image_id: image,
    name,
    ...size,
    ...place,
    ...(entry.collections.has("realms") && realm !== NO_REALM ? { realm_id: realm } : {}),
    ...(userData === "" ? {} : { user_data: Buffer.from(userData).toString("base64") }),
  };
}

interface Named {
  readonly entry: Entry;
  readonly name: string;
}

function refuseName({ session }: Desk, { entry, name }: Named): void {
  const most = Number(featureOf(entry, "user_name")?.get("max_length") ?? Infinity);
  if (!(name.length > most)) return;
  throw accountFault(
    "name_too_long",
    `Deltacloud at ${session.name}: its driver ${entry.driver} takes names of ${most} characters, and ${name} has ${name.length}; give the instance a name that is ${name.length - most} shorter`,
  );
}

/** Drivers that take it and do not say so; an unknown field is ignored, and the machine would come up without. */
const UNTOLD: readonly string[] = ["mock"];

function refuseUserData({ session }: Desk, { entry, userData }: { entry: Entry; userData: string }): void {
  if (userData === "") return;
  if (featureOf(entry, "user_data") === null && !UNTOLD.includes(entry.driver)) {
    throw accountFault("no_user_data", `Deltacloud at ${session.name}: its driver ${entry.driver} takes no user data`);
  }
  const bytes = Buffer.byteLength(userData);
  if (bytes > USER_DATA_BYTES_MOST) {
    throw accountFault(
      "user_data_too_long",
      `user data has ${bytes} bytes, and ${USER_DATA_BYTES_MOST} are taken at most`,
    );
  }
}

/** What a refusal repeats of the request must not tell what may be secret in it. */
async function asked(
  { session }: Desk,
  { fields, userData }: { readonly fields: Fields; readonly userData: string },
  signal: AbortSignal,
): Promise<Instance> {
  try {
    return await session.create({ fields, read: readInstance }, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault) || userData === "") throw error;
    const written = [userData, fields["user_data"] ?? ""].filter((text) => text !== "");
    const text = written.reduce((told, secret) => told.replaceAll(secret, "…"), error.fault.text);
    throw new ProviderFault({ ...error.fault, text }, { cause: error });
  }
}

/** It could not be told from others' in lists. */
const notTaken = ({ session }: Desk, { id, name }: Instance) => {
  const { fault } = accountFault(
    "name_not_taken",
    `Deltacloud at ${session.name}: the instance ${id} was made under the name ${name} and not under the one asked for; use a provider of that cloud's own`,
  );
  return { ...fault, effect: "made" } as const;
};
