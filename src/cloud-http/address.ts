// Addresses that people write into accounts. They are kept and shown as they are, so nothing that is secret may stand in one: it is
// refused, and not repeated in the refusal.

import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { accountFormFault, type FormField } from "../ports/account-form.ts";

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

/** Of every account that is reached over HTTP, besides its address. */
export const TRUST_FIELDS = [
  {
    name: "ca",
    of: "setting",
    kind: "lines",
    label: "Authorities",
    help: "With https://: certificates in PEM of the only authorities that are trusted; those of Node when left out.",
    isRequired: false,
    example: "-----BEGIN CERTIFICATE-----",
    default: null,
  },
  {
    name: "proxy",
    of: "setting",
    kind: "address",
    label: "Proxy",
    help: "A proxy between Slipway and the cloud, without user and password.",
    isRequired: false,
    example: "http://proxy.example.org:3128",
    default: null,
  },
] as const satisfies readonly FormField[];

/** Of accounts whose cloud may ask for a certificate. */
export const CLIENT_CERTIFICATE_FIELDS = [
  {
    name: "cert",
    of: "setting",
    kind: "lines",
    label: "Certificate",
    help: "With https://: the certificate to show to the cloud, in PEM, together with its private key.",
    isRequired: false,
    example: "-----BEGIN CERTIFICATE-----",
    default: null,
  },
  {
    name: "key",
    of: "credential",
    kind: "lines",
    label: "Private key",
    help: "The private key that belongs to the certificate, in PEM without a pass phrase.",
    isRequired: false,
    example: "-----BEGIN PRIVATE KEY-----",
    default: null,
  },
] as const satisfies readonly FormField[];

export interface Trust {
  /** Certificates in PEM, the only ones that count; null: those that Node brings along. */
  readonly ca: string | null;
  readonly proxy: URL | null;
}

interface TrustGiven {
  readonly ca: string | null;
  readonly proxy: string | null;
}

export function parseTrust({ ca, proxy }: TrustGiven, address: URL | null): Trust {
  if (ca !== null && address?.protocol !== "https:") {
    throw accountFormFault("ca", "is of no use here: the address does not begin with https://");
  }
  if (proxy !== null && address === null)
    throw accountFormFault("proxy", "is of no use here: only http:// and https:// have one");
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

interface CertificateGiven {
  readonly cert: string | null;
  readonly key: string | null;
}

/** Null when neither is given. */
export function parseClientCertificate({ cert, key }: CertificateGiven): ClientCertificate | null {
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
