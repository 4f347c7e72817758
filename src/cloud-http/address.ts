// Addresses that people write into accounts. They are kept and shown as they are, so nothing that is secret may stand in one: it is
// refused, and not repeated in the refusal.

import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { accountFormFault, optionalText } from "../ports/account-form.ts";

type Given = Readonly<Record<string, unknown>>;

/** `example` completes "must look like …". Throws a ProviderFault that names the field. */
export function parseAddress(text: string, { field, example }: { field: string; example: string }): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw accountFormFault(field, `must look like ${example}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw accountFormFault(field, `may not hold a user name or a password; it must look like ${example}`);
  }
  if (url.search !== "" || url.hash !== "") {
    throw accountFormFault(field, `may not hold ? or #; it must look like ${example}`);
  }
  return url;
}

/** Settings of every account that is reached over HTTP, besides its address. */
export const TRUST_FIELDS = ["ca", "proxy"] as const;

export interface Trust {
  /** Certificates in PEM, the only ones that count; null: those that Node brings along. */
  readonly ca: string | null;
  readonly proxy: URL | null;
}

export function parseTrust(settings: Given, address: URL | null): Trust {
  const ca = optionalText(settings, "ca", "certificates in PEM");
  const proxy = optionalText(settings, "proxy", "an address such as http://proxy.example.org:3128");
  if (ca !== null && address?.protocol !== "https:") {
    throw accountFormFault("ca", "is of no use here: the address does not begin with https://");
  }
  if (proxy !== null && address === null) throw accountFormFault("proxy", "is of no use here: a socket has none");
  if (ca !== null) checkCertificate(ca, "ca");
  return {
    ca,
    proxy: proxy === null ? null : parseProxy(proxy),
  };
}

function parseProxy(text: string): URL {
  const example = "http://proxy.example.org:3128";
  const url = parseAddress(text, { field: "proxy", example });
  if (url.protocol !== "http:" || url.pathname !== "/") throw accountFormFault("proxy", `must look like ${example}`);
  return url;
}

/** What this side shows of itself, for clouds that let nobody in without. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Setting `cert` and credential `key`; null when neither is given. */
export function parseClientCertificate(settings: Given, credentials: Given): ClientCertificate | null {
  const cert = optionalText(settings, "cert", "a certificate in PEM");
  const key = optionalText(credentials, "key", "the certificate's private key in PEM");
  if (cert === null && key === null) return null;
  if (cert === null) throw accountFormFault("cert", "is missing; it must be the certificate that belongs to the key");
  if (key === null) throw accountFormFault("key", "is missing; it must be the private key that belongs to cert");
  checkCertificate(cert, "cert");
  try {
    createSecureContext({ cert, key });
  } catch {
    throw accountFormFault("key", "does not belong to cert, or is no private key in PEM without a pass phrase");
  }
  return { cert, key };
}

function checkCertificate(pem: string, field: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw accountFormFault(field, "must be a certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
}
