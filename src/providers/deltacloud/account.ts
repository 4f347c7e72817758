// An account as it is written down: which server, which cloud behind it, who logs in. Contacts nobody.

import { parseAddress, parseTrust, type Trust } from "../../cloud-http/address.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { FORM } from "./form.ts";

export interface Settings {
  readonly url: URL;
  readonly trust: Trust;
  /** Sent with each request. */
  readonly driver: string | null;
  readonly provider: string | null;
  readonly user: string;
  readonly password: string;
  /** Its defaults of where machines are put. */
  readonly where: WhereSections;
  readonly architecture: string;
  readonly prices: Prices;
}

type Credentials = Readonly<Record<string, string>>;

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount({ settings }: Pick<Account, "settings">, credentials: Credentials): Settings {
  const values = readForm(FORM, { settings, credentials });
  const url = parseAddress(values.url, { field: "url", example: "https://deltacloud.example.org:3001/api" });
  // HTTP separates the two by it.
  if (values.user.includes(":")) throw accountFormFault("user", "may not hold a colon");
  return {
    url,
    trust: parseTrust({ ca: values.ca, proxy: values.proxy }, url),
    driver: values.driver,
    provider: values.provider,
    user: values.user,
    password: values.password,
    where: readWhere(FORM, settings),
    architecture: values.architecture,
    prices: readPrices(values, "m1-small = 0.02"),
  };
}
