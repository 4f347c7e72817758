// One entry of a clouds.yaml, the file that OpenStack's own tools read: https://docs.openstack.org/python-openstackclient/latest/configuration/

import { parse, YAMLError } from "yaml";
import { z } from "zod";
import { accountFormFault } from "../../ports/account-form.ts";

export interface CloudsEntry {
  readonly authUrl: string | null;
  readonly user: string | null;
  readonly userDomain: string | null;
  readonly password: string | null;
  readonly project: string | null;
  readonly projectDomain: string | null;
  readonly applicationCredential: string | null;
  readonly applicationCredentialSecret: string | null;
  readonly region: string | null;
  readonly interface: "public" | "internal" | "admin" | null;
  readonly ca: null;
}

const Text = z.union([z.string(), z.number()]).nullish();

const Auth = z.object({
  auth_url: Text,
  username: Text,
  user_id: Text,
  password: Text,
  user_domain_name: Text,
  user_domain_id: Text,
  project_name: Text,
  project_id: Text,
  tenant_name: Text,
  tenant_id: Text,
  project_domain_name: Text,
  project_domain_id: Text,
  domain_name: Text,
  domain_id: Text,
  application_credential_id: Text,
  application_credential_name: Text,
  application_credential_secret: Text,
});

const Entry = z.object({
  auth: Auth.optional(),
  region_name: Text,
  interface: z.string().nullish(),
  endpoint_type: z.string().nullish(),
  cacert: z.string().nullish(),
  profile: z.string().nullish(),
  verify: z.boolean().nullish(),
});

const File = z.object({ clouds: z.record(z.string(), Entry) });

/** Throws a ProviderFault; what is written in the file, its secrets among it, is not repeated. */
export function readClouds(text: string, name: string | null): CloudsEntry {
  const { clouds } = parsed(text);
  const names = Object.keys(clouds);
  const [only] = names;
  const wanted = name ?? (names.length === 1 && only !== undefined ? only : null);
  if (wanted === null)
    throw accountFormFault("cloud", `must be one of ${names.join(", ")}: the clouds.yaml has several`);
  const entry = Object.hasOwn(clouds, wanted) ? clouds[wanted] : undefined;
  if (entry === undefined) throw accountFormFault("cloud", `is not in the clouds.yaml, which has ${names.join(", ")}`);
  return entryOf(entry);
}

function parsed(text: string): z.infer<typeof File> {
  try {
    const file = File.safeParse(parse(text, { maxAliasCount: 0 }));
    if (file.success) return file.data;
    const [issue] = file.error.issues;
    throw accountFormFault("clouds", `is no clouds.yaml: ${issue?.path.join(".") || "it"} is not as it should be`);
  } catch (error) {
    if (!(error instanceof YAMLError) && !(error instanceof ReferenceError)) throw error;
    const [at] = (error instanceof YAMLError ? error.linePos : undefined) ?? [];
    throw accountFormFault(
      "clouds",
      `is no YAML${at === undefined ? "" : `: see its line ${at.line}, column ${at.col}`}`,
    );
  }
}

function entryOf(entry: z.infer<typeof Entry>): CloudsEntry {
  if (typeof entry.profile === "string") {
    throw accountFormFault("clouds", "refers to a profile in another file: write out what it stands for");
  }
  if (typeof entry.cacert === "string") {
    throw accountFormFault(
      "clouds",
      "names a file in cacert: take that line out, and give the certificates as the setting ca",
    );
  }
  if (entry.verify === false) {
    throw accountFormFault("clouds", "says verify: false, but certificates are always checked: take that line out");
  }
  const auth: z.infer<typeof Auth> = entry.auth ?? {};
  return {
    authUrl: first(auth.auth_url),
    user: first(auth.user_id, auth.username),
    userDomain: first(auth.user_domain_id, auth.user_domain_name, auth.domain_id, auth.domain_name),
    password: first(auth.password),
    project: first(auth.project_id, auth.tenant_id, auth.project_name, auth.tenant_name),
    projectDomain: first(auth.project_domain_id, auth.project_domain_name, auth.domain_id, auth.domain_name),
    applicationCredential: first(auth.application_credential_id, auth.application_credential_name),
    applicationCredentialSecret: first(auth.application_credential_secret),
    region: first(entry.region_name),
    interface: interfaceOf(entry.interface ?? entry.endpoint_type ?? null),
    ca: null,
  };
}

/** YAML takes a user called 1001 for a number. */
function first(...values: readonly (string | number | null | undefined)[]): string | null {
  const value = values.find((one) => one !== undefined && one !== null && one !== "");
  return value === undefined || value === null ? null : String(value);
}

function interfaceOf(text: string | null): CloudsEntry["interface"] {
  switch (text?.replace(/URL$/, "") ?? null) {
    case null:
      return null;
    case "public":
      return "public";
    case "internal":
      return "internal";
    case "admin":
      return "admin";
    default:
      throw accountFormFault("clouds", "has an interface that is none of public, internal, admin");
  }
}
