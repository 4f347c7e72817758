// An account as it is written down: which LXD, who calls, what machines get, what they cost. Contacts nobody.

import { parseAddress, parseClientCertificate, parseTrust } from "../../cloud-http/address.ts";
import { openWay, type Way } from "../../cloud-http/way.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, linesIn, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { SOCKET_REMEDIES } from "./faults.ts";
import { FORM, type Values } from "./form.ts";

export interface Size {
  readonly name: string;
  readonly cpu: number;
  readonly memoryMib: number;
  /** Null: as the profiles say. */
  readonly storageGib: number | null;
}

export interface Settings {
  readonly way: Way;
  /** Null: none was given. */
  readonly trustToken: string | null;
  readonly project: string;
  readonly kind: "container" | "virtual-machine";
  readonly profiles: readonly string[];
  /** Null: the profiles'. */
  readonly pool: string | null;
  /** Null: cut to measure. */
  readonly sizes: readonly Size[] | null;
  readonly prices: Prices;
  /** Its defaults of where machines are put. */
  readonly where: WhereSections;
}

const EXAMPLE = "unix:///var/lib/lxd/unix.socket or https://host:8443";

/** A list of a thousand machines with all their user data has some ten megabytes. */
const ANSWER_BYTES_MOST = 128 * 1024 * 1024;

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): Settings {
  const values = readForm(FORM, { settings, credentials });
  return {
    way: wayOf(values),
    trustToken: values.trustToken,
    project: values.project,
    kind: values.instances === "virtual-machine" ? "virtual-machine" : "container",
    profiles: profilesIn(values.profiles),
    pool: values.pool,
    sizes: values.sizes === null ? null : sizesIn(values.sizes),
    prices: readPrices(values, "small = 0.01"),
    where: readWhere(FORM, settings),
  };
}

function wayOf(values: Values): Way {
  const { endpoint } = values;
  const client = parseClientCertificate(values);
  const limits = { bodyBytes: ANSWER_BYTES_MOST };
  if (/^unix:\/\/\/./.test(endpoint)) {
    for (const [field, given] of [
      ["cert", client],
      ["trustToken", values.trustToken],
    ] as const) {
      if (given !== null) throw accountFormFault(field, "is of no use here: the endpoint does not begin with https://");
    }
    const to = endpoint.slice("unix://".length);
    return openWay({ to, trust: parseTrust(values, null), remedies: SOCKET_REMEDIES, limits });
  }
  const to = parseAddress(endpoint, { field: "endpoint", example: EXAMPLE });
  if (to.protocol !== "https:" || to.pathname !== "/") throw accountFormFault("endpoint", `must look like ${EXAMPLE}`);
  if (client === null) throw accountFormFault("cert", "is missing; with https:// LXD knows its clients by certificate");
  return openWay({ to, trust: parseTrust(values, to), client, pinsCertificate: true, limits });
}

function profilesIn(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => /^[^\s/]+$/.test(name)) && new Set(names).size === names.length) return names;
  throw accountFormFault("profiles", "must be different names with commas between them, such as default, shop");
}

const LINE =
  /^(?<name>[A-Za-z0-9][\w.-]*)\s*=\s*(?<cpu>\d{1,4})\s+(?<memory>\d{1,7})(?<unit>MiB|GiB)(?:\s+(?<storage>\d{1,5})GiB)?$/;

function sizesIn(text: string): readonly Size[] {
  const sizes = linesIn(text).map(({ line, no }) => {
    const { name, cpu, memory, unit, storage } = LINE.exec(line)?.groups ?? {};
    const memoryMib = Number(memory) * (unit === "GiB" ? 1024 : 1);
    if (name === undefined || Number(cpu) === 0 || memoryMib === 0 || Number(storage) === 0) {
      throw accountFormFault("sizes", `line ${no} must look like small = 1 512MiB 10GiB`);
    }
    return { name, cpu: Number(cpu), memoryMib, storageGib: storage === undefined ? null : Number(storage) };
  });
  const twice = sizes.find(({ name }, at) => sizes.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) throw accountFormFault("sizes", `tells ${twice.name} twice`);
  if (sizes.length === 0)
    throw accountFormFault("sizes", "tells none; leave it out for machines that are cut to measure");
  return sizes;
}
