// An account as it is written down: who logs in where, what machines get, what they cost. Contacts nobody.

import { parseAddress, parseTrust, type Trust } from "../../cloud-http/address.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { type CloudsEntry, readClouds } from "./clouds-yaml.ts";
import { FORM, INTERFACES, type Values } from "./form.ts";

/** The body's `auth`, as Keystone v3 takes it. */
export interface Login {
  readonly identity: unknown;
  /** Null: an application credential has its own. */
  readonly scope: { readonly project: unknown } | null;
  /** For people. */
  readonly project: { readonly name: string; readonly domain: string } | null;
  readonly user: string;
}

export interface Settings {
  readonly authUrl: URL;
  readonly trust: Trust;
  readonly login: Login;
  readonly region: string | null;
  readonly interface: "public" | "internal" | "admin";
  /** Its defaults of where machines are put. */
  readonly where: WhereSections;
  /** Null: no machine has a floating address, and Nova makes all ports. */
  readonly floatingNetwork: string | null;
  /** Null: flavors without a disk are not offered. */
  readonly volumeGib: number | null;
  readonly architecture: string;
  readonly prices: Prices;
}

type Credentials = Readonly<Record<string, string>>;

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount({ settings }: Pick<Account, "settings">, credentials: Credentials): Settings {
  const values = readForm(FORM, { settings, credentials });
  const entry = values.clouds === null ? null : readClouds(values.clouds, values.cloud);
  if (entry === null && values.cloud !== null) {
    throw accountFormFault("cloud", "is of no use here: it names an entry of a clouds.yaml, which is not given");
  }
  const authUrl = parseAuthUrl(
    needed("authUrl", values.authUrl ?? entry?.authUrl ?? null, `it must look like ${EXAMPLE}`),
  );
  const where = readWhere(FORM, settings);
  const { floatingNetwork } = values;
  if (floatingNetwork === null && [...where.values()].some(({ publicAddress }) => publicAddress === true)) {
    throw accountFormFault("floatingNetwork", "is missing: where says publicAddress, and addresses come from it");
  }
  return {
    authUrl,
    trust: parseTrust({ ca: values.ca ?? entry?.ca ?? null, proxy: values.proxy }, authUrl),
    login: loginOf(values, entry),
    region: values.region ?? entry?.region ?? null,
    interface: INTERFACES.find((one) => one === values.interface) ?? entry?.interface ?? "public",
    where,
    floatingNetwork,
    volumeGib: wholeGib(values.volumeGib),
    architecture: values.architecture,
    prices: readPrices(values, "m1.small = 0.02"),
  };
}

function wholeGib(given: number | null): number | null {
  if (given !== null && !Number.isInteger(given)) throw accountFormFault("volumeGib", "must be a whole number of GiB");
  return given;
}

const EXAMPLE = "https://cloud.example.org:5000/v3";

function needed(field: string, value: string | null, remedy: string): string {
  if (value === null || value === "") throw accountFormFault(field, `is missing; ${remedy}`);
  return value;
}

/** With the version behind it, which many files leave out. */
function parseAuthUrl(text: string): URL {
  const url = parseAddress(text, { field: "authUrl", example: EXAMPLE });
  const path = url.pathname.replace(/\/+$/, "");
  if (/\/v2(\.0)?$/.test(path)) {
    throw accountFormFault("authUrl", `leads to version 2 of the identity service; version 3 is needed: ${EXAMPLE}`);
  }
  return path.endsWith("/v3") ? url : new URL(`${url.origin}${path}/v3`);
}

function loginOf(values: Values, entry: CloudsEntry | null): Login {
  const user = values.user ?? entry?.user ?? null;
  const userDomain = values.userDomain ?? entry?.userDomain ?? "Default";
  const domain = domainOf(userDomain);
  const credential = values.applicationCredential ?? entry?.applicationCredential ?? null;
  const secret = values.applicationCredentialSecret ?? entry?.applicationCredentialSecret ?? null;
  if (credential !== null || secret !== null) {
    const named = needed("applicationCredential", credential, "give the id of the one that the secret is of");
    const by = user === null ? { id: named } : { name: named, user: { ...namedOrId(user), ...inDomain(user, domain) } };
    const given = needed("applicationCredentialSecret", secret, "give what was shown when the credential was made");
    const identity = { methods: ["application_credential"], application_credential: { ...by, secret: given } };
    return { identity, scope: null, project: null, user: `application credential ${named}` };
  }
  const name = needed("user", user, "give the user's name or id, or an application credential");
  const password = needed("password", values.password ?? entry?.password ?? null, "give the user's password");
  const project = needed("project", values.project ?? entry?.project ?? null, "give the project's name or id");
  const projectDomain = values.projectDomain ?? entry?.projectDomain ?? userDomain;
  const who = { ...namedOrId(name), ...inDomain(name, domain), password };
  return {
    identity: { methods: ["password"], password: { user: who } },
    scope: { project: { ...namedOrId(project), ...inDomain(project, domainOf(projectDomain)) } },
    project: { name: project, domain: projectDomain },
    user: `user ${name}`,
  };
}

/** What Keystone makes for ids. */
const ID = /^[0-9a-f]{32}$/;

const namedOrId = (text: string): { readonly id: string } | { readonly name: string } =>
  ID.test(text) ? { id: text } : { name: text };

/** The domain that every Keystone has is called `default` by its id and `Default` by its name. */
const domainOf = (text: string) => (text === "default" || ID.test(text) ? { id: text } : { name: text });

/** An id needs no domain. */
const inDomain = (of: string, domain: object): { readonly domain?: object } => (ID.test(of) ? {} : { domain });
