// An account as it is written down: how the daemon is reached, where machines' files are made, what of the host they get. Contacts nobody.

import { X509Certificate } from "node:crypto";
import { type ClientCertificate, parseClientCertificate } from "../../cloud-http/address.ts";
import { SSH_HOST, SSH_PATH, SSH_USER } from "../../cloud-http/ssh.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { FORM, type Values } from "./form.ts";

interface Reached {
  /** As people know it, for faults. */
  readonly name: string;
  /** As the daemon itself calls what it opens. */
  readonly driver: "qemu:///system" | "qemu:///session";
}

interface UnixEndpoint extends Reached {
  readonly kind: "unix";
  /** The first that is there counts. */
  readonly sockets: readonly string[];
}

export interface SshEndpoint extends Reached {
  readonly kind: "ssh";
  readonly host: string;
  readonly port: number | null;
  /** Null: as ssh's own settings say. */
  readonly user: string | null;
  /** A file on Slipway's machine; null: the user's own keys. */
  readonly keyFile: string | null;
  readonly knownHosts: string | null;
  /** On the other machine. */
  readonly sockets: readonly string[];
}

export interface TlsEndpoint extends Reached {
  readonly kind: "tls";
  readonly host: string;
  readonly port: number;
  readonly ca: string | null;
  readonly client: ClientCertificate | null;
}

export type Endpoint = UnixEndpoint | SshEndpoint | TlsEndpoint;

export interface Settings {
  readonly endpoint: Endpoint;
  readonly pool: string;
  readonly imagePool: string;
  readonly mostStorageGib: number;
  readonly keptMemoryMib: number;
  readonly vcpusPerCpu: number;
  readonly prices: Prices;
  /** Its defaults of where machines are put. */
  readonly where: WhereSections;
}

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): Settings {
  const values = readForm(FORM, { settings, credentials });
  const { pool, mostStorageGib, keptMemoryGib, vcpusPerCpu } = values;
  if (!Number.isInteger(mostStorageGib)) throw accountFormFault("mostStorageGib", "must be a whole number");
  return {
    endpoint: parseEndpoint(values),
    pool: poolOf("pool", pool),
    imagePool: values.imagePool === null ? pool : poolOf("imagePool", values.imagePool),
    mostStorageGib,
    keptMemoryMib: Math.round(keptMemoryGib * 1024),
    vcpusPerCpu,
    prices: readPrices({ ...values, prices: null }, ""),
    where: readWhere(FORM, settings),
  };
}

function poolOf(field: string, name: string): string {
  if (/^[^\s/\p{Cc}][^/\p{Cc}]*$/u.test(name)) return name;
  throw accountFormFault(field, "must be the name of a storage pool, such as default");
}

const EXAMPLES =
  "qemu:///system, qemu+unix:///system?socket=/path, qemu+ssh://user@host/system or qemu+tls://host/system";
const URI =
  /^qemu(?:\+(?<transport>[a-z0-9]+))?:\/\/(?:(?<user>[^@/?#]*)@)?(?<host>\[[0-9a-fA-F:.]+\]|[^:@/?#]*)(?::(?<port>\d{1,5}))?\/(?<what>system|session)(?:\?(?<query>[^#]*))?$/;

const TLS_PORT = 16_514;

const wrongUri = (problem: string) => accountFormFault("uri", problem);

export function parseEndpoint(values: Pick<Values, "uri" | "ca" | "cert" | "key">): Endpoint {
  const { uri } = values;
  const parts = URI.exec(uri)?.groups;
  if (parts === undefined) throw wrongUri(`must look like ${EXAMPLES}`);
  const { transport, user = null, host = "", port, what, query = "" } = parts;
  if (user !== null && user.includes(":")) throw wrongUri(`may not hold a password; it must look like ${EXAMPLES}`);
  const kind = transport ?? (host === "" ? "unix" : "tls");
  const asked = { kind, user, host, port: portOf(port), what: what ?? "system", options: optionsIn(query, kind) };
  if (kind !== "tls") refuseCertificates(values);
  switch (kind) {
    case "unix":
      return unixEndpoint(asked);
    case "ssh":
      return sshEndpoint(asked);
    case "tls":
      return tlsEndpoint(asked, values);
    case "tcp":
      throw wrongUri("leads over TCP without encryption, which is not spoken: use qemu+tls or qemu+ssh");
    default:
      throw wrongUri(`names a transport that is not known, ${kind}: it must look like ${EXAMPLES}`);
  }
}

interface Asked {
  readonly kind: string;
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly what: string;
  readonly options: ReadonlyMap<string, string>;
}

function unixEndpoint({ user, host, port, what, options }: Asked): UnixEndpoint {
  if (host !== "" || user !== null || port !== null) {
    throw wrongUri("names a host, and a socket is on Slipway's own machine: use qemu+ssh or qemu+tls for another one");
  }
  const socket = options.get("socket");
  const name = socket === undefined ? `qemu:///${what}` : `qemu+unix:///${what}?socket=${socket}`;
  return { kind: "unix", ...reachedAs(name, what), sockets: socketsOf(what, options) };
}

function sshEndpoint({ user, host, port, what, options }: Asked): SshEndpoint {
  checkHost(host);
  if (user !== null && !SSH_USER.test(user)) throw wrongUri("names a user as which nobody can log in");
  const login = user === null ? "" : `${user}@`;
  return {
    kind: "ssh",
    ...reachedAs(`qemu+ssh://${login}${host}${port === null ? "" : `:${port}`}/${what}`, what),
    host: bare(host),
    port,
    user,
    keyFile: options.get("keyfile") ?? null,
    knownHosts: options.get("known_hosts") ?? null,
    sockets: socketsOf(what, options),
  };
}

function tlsEndpoint({ user, host, port, what }: Asked, values: Pick<Values, "ca" | "cert" | "key">): TlsEndpoint {
  checkHost(host);
  if (user !== null) throw wrongUri("names a user, and TLS knows its clients by their certificates");
  const { ca } = values;
  if (ca !== null) checkAuthorities(ca);
  return {
    kind: "tls",
    ...reachedAs(`qemu+tls://${host}${port === null ? "" : `:${port}`}/${what}`, what),
    host: bare(host),
    port: port ?? TLS_PORT,
    ca,
    client: parseClientCertificate(values),
  };
}

function reachedAs(name: string, what: string): Reached {
  return { name, driver: what === "session" ? "qemu:///session" : "qemu:///system" };
}

function checkHost(host: string): void {
  if (!SSH_HOST.test(host)) throw wrongUri(`must name a host; it must look like ${EXAMPLES}`);
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw wrongUri("names a port that nothing can have");
  return port;
}

/** The daemon that does all, and the one of newer installations for machines alone, which asks the others. */
const SYSTEM_SOCKETS = ["/var/run/libvirt/libvirt-sock", "/var/run/libvirt/virtqemud-sock"];

function socketsOf(what: string, options: ReadonlyMap<string, string>): readonly string[] {
  const socket = options.get("socket");
  if (socket !== undefined) return [socket];
  if (what === "system") return SYSTEM_SOCKETS;
  throw wrongUri("must name the socket of a session: qemu+unix:///session?socket=/run/user/1000/libvirt/libvirt-sock");
}

/** What may stand behind the question mark, by transport. libvirt's own client has more, such as commands to run: none of them is taken. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  unix: ["socket"],
  ssh: ["socket", "keyfile", "known_hosts"],
  tls: [],
};

function optionsIn(query: string, kind: string): ReadonlyMap<string, string> {
  const known = OPTIONS[kind] ?? [];
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name)) {
      const there = known.length === 0 ? "nothing may stand behind ?" : `known: ${known.join(", ")}`;
      const remedy = name === "pkipath" ? "; give certificates as ca, cert and key" : "";
      throw wrongUri(`has an option ${name}, which is not taken here (${there})${remedy}`);
    }
    if (!SSH_PATH.test(value)) throw wrongUri(`has an option ${name} that is no path from /`);
    options.set(name, value);
  }
  return options;
}

function refuseCertificates({ ca, cert, key }: Pick<Values, "ca" | "cert" | "key">): void {
  for (const [field, value] of Object.entries({ ca, cert, key })) {
    if (value !== null) throw accountFormFault(field, "is of no use here: the connection is not qemu+tls");
  }
}

function checkAuthorities(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw accountFormFault("ca", "must be a certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
}
