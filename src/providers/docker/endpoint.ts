// How an engine is reached, as an account says it: a Unix socket, TCP, TCP with TLS, or ssh, which runs Docker's own program there to pass on
// what is said. Contacts nobody.

import { type ClientCertificate, parseAddress, parseClientCertificate, parseTrust } from "../../cloud-http/address.ts";
import { hostOf } from "../../cloud-http/connect.ts";
import { SSH_HOST, SSH_PATH, SSH_USER, shellQuoted, type SshPlace } from "../../cloud-http/ssh.ts";
import { openWay, type Way } from "../../cloud-http/way.ts";
import { accountFormFault } from "../../ports/account-form.ts";
import { SOCKET_REMEDIES, SSH_REMEDIES_OF_DOCKER, SSH_RULES } from "./faults.ts";
import type { Values } from "./form.ts";

/** A list of a thousand containers with all their labels has a few megabytes. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;
/** A login takes longer than a handshake. */
const SSH_CONNECT_MS = 20_000;

export interface Endpoint {
  readonly way: Way;
  /** Where ports that the engine's host publishes are reached. */
  readonly hostAddress: string;
}

type Reached = Pick<Values, "endpoint" | "ca" | "proxy" | "cert" | "key" | "keyFile" | "knownHosts">;

const FORMS = "unix:///path/docker.sock, http://host:2375, https://host:2376 or ssh://user@host";

/** Throws a ProviderFault that tells the forms which are known. */
export function parseEndpoint(values: Reached): Endpoint {
  const { endpoint } = values;
  const isSsh = endpoint.startsWith("ssh:");
  if (!isSsh) refuseSshFields(values);
  const client = parseClientCertificate(values);
  const limits = { bodyBytes: ANSWER_BYTES_MOST };
  if (isSsh) {
    refuseCertificate(client);
    const to = parseSsh(values);
    const trust = parseTrust(values, null);
    const remedies = SSH_REMEDIES_OF_DOCKER;
    const way = openWay({ to, trust, remedies, limits: { ...limits, connectMs: SSH_CONNECT_MS } });
    return { way, hostAddress: to.host };
  }
  if (/^unix:\/\/\/./.test(endpoint)) {
    refuseCertificate(client);
    const to = endpoint.slice("unix://".length);
    const way = openWay({ to, trust: parseTrust(values, null), remedies: SOCKET_REMEDIES, limits });
    return { way, hostAddress: "127.0.0.1" };
  }
  const to = parseAddress(endpoint.replace(/^tcp:/, "http:"), { field: "endpoint", example: FORMS });
  if (to.pathname !== "/" || !/:\d+\/?$/.test(endpoint)) throw wrongEndpoint(`must look like ${FORMS}`);
  if (to.protocol === "http:") refuseCertificate(client);
  return { way: openWay({ to, trust: parseTrust(values, to), client, limits }), hostAddress: hostOf(to) };
}

const wrongEndpoint = (problem: string) => accountFormFault("endpoint", problem);

function refuseCertificate(client: ClientCertificate | null): void {
  if (client !== null) throw accountFormFault("cert", "is of no use here: the endpoint does not begin with https://");
}

function refuseSshFields({ keyFile, knownHosts }: Reached): void {
  for (const [field, value] of Object.entries({ keyFile, knownHosts })) {
    if (value !== null) throw accountFormFault(field, "is of no use here: the endpoint does not begin with ssh://");
  }
}

/** As Docker's own program understands it: `ssh://[USER@]HOST[:PORT][/PATH]`, with the path of the engine's socket there. */
const SSH =
  /^ssh:\/\/(?:(?<user>[^@/?#]*)@)?(?<host>\[[0-9a-fA-F:.]+\]|[^:@/?#]*)(?::(?<port>\d{1,5}))?(?<path>\/[^?#]*)?$/;

function parseSsh({ endpoint, keyFile, knownHosts }: Reached): SshPlace {
  const parts = SSH.exec(endpoint)?.groups;
  if (parts === undefined) throw wrongEndpoint(`must look like ${FORMS}`);
  const { user = null, host = "", port: portText, path = "/" } = parts;
  if (user?.includes(":") === true) throw wrongEndpoint(`may not hold a password; it must look like ${FORMS}`);
  if (user !== null && !SSH_USER.test(user)) throw wrongEndpoint("names a user as which nobody can log in");
  if (!SSH_HOST.test(host)) throw wrongEndpoint(`must name a host; it must look like ${FORMS}`);
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) throw wrongEndpoint("names a port that nothing can have");
  if (!SSH_PATH.test(path)) throw wrongEndpoint("names a socket by a path that is none");
  const files = { keyFile: pathOf("keyFile", keyFile), knownHosts: pathOf("knownHosts", knownHosts) };
  const command = passingOn(path === "/" ? null : path);
  return { host: host.replace(/^\[|\]$/g, ""), port, user, ...files, command, rules: SSH_RULES };
}

function pathOf(field: string, path: string | null): string | null {
  if (path === null || SSH_PATH.test(path)) return path;
  throw accountFormFault(field, 'must be a path from /, without ", % and \\');
}

/** Docker's program, or Podman's, which has the same command. Null: the engine that they speak with of themselves. */
function passingOn(socket: string | null): string {
  const [docker, podman] =
    socket === null
      ? ["", ""]
      : [`-H ${shellQuoted(`unix://${socket}`)} `, `--url ${shellQuoted(`unix://${socket}`)} `];
  const script = `if command -v docker >/dev/null; then exec docker ${docker}system dial-stdio; else exec podman ${podman}system dial-stdio; fi`;
  return `sh -c ${shellQuoted(script)}`;
}
