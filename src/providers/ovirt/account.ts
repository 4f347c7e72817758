// An account as it is written down: who logs in where, what machines get, what they cost. Contacts nobody.

import { parseAddress, parseTrust, type Trust } from "../../cloud-http/address.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { FORM, type Values } from "./form.ts";

/** Largest measures of what is cut. */
interface Most {
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
}

export interface Settings {
  /** Up to `/ovirt-engine`. */
  readonly url: URL;
  readonly trust: Trust;
  readonly user: string;
  readonly password: string;
  /** Null: the only one that the user sees. */
  readonly dataCenter: string | null;
  /** Null: all of the data center. */
  readonly cluster: string | null;
  readonly quota: string | null;
  /** Processors and memory are what a blueprint asks for. */
  readonly isCut: boolean;
  readonly most: Most;
  /** Disks are whole copies of the template's. */
  readonly isCloned: boolean;
  readonly prices: Prices;
  /** Its defaults of where machines are put. */
  readonly where: WhereSections;
}

const EXAMPLE = "https://engine.example.org/ovirt-engine/api";

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): Settings {
  const values = readForm(FORM, { settings, credentials });
  const url = engineAt(parseAddress(values.url, { field: "url", example: EXAMPLE }));
  return {
    url,
    trust: parseTrust(values, url),
    user: userOf(values.user),
    password: values.password,
    dataCenter: values.dataCenter,
    cluster: values.cluster,
    quota: values.quota,
    isCut: values.sizes === "custom",
    most: mostOf(values),
    isCloned: values.disks === "clone",
    prices: readPrices(values, "Small = 0.02"),
    where: readWhere(FORM, settings),
  };
}

/** People copy the address of the portal, of the engine or of its API. */
function engineAt(url: URL): URL {
  const path = url.pathname.replace(/\/+$/, "");
  if (path.endsWith("/v3")) {
    throw accountFormFault("url", `leads to version 3 of the API; version 4 is needed: ${EXAMPLE}`);
  }
  const engine = path.replace(/\/(?:api(?:\/v4)?|webadmin|web-ui)$/, "");
  return new URL(`${url.origin}${engine === "" ? "/ovirt-engine" : engine}`);
}

function userOf(user: string): string {
  if (/^[^@\s][^\s]*@[^@\s]+$/.test(user)) return user;
  throw accountFormFault("user", "must be a name, an @ and a profile, such as slipway@internal");
}

function mostOf({ mostCpu: cpu, mostMemoryGib, mostStorageGib: storageGib }: Values): Most {
  for (const [field, value] of Object.entries({ mostCpu: cpu, mostStorageGib: storageGib })) {
    if (!Number.isInteger(value)) throw accountFormFault(field, "must be a whole number");
  }
  return { cpu, memoryMib: Math.floor(mostMemoryGib * 1024), storageGib };
}
