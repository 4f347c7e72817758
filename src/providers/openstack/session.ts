// One account's session: a token for all requests, renewed early and where it is refused, and the addresses of the services from the
// catalogue that came with it.

import { readableJson } from "../../cloud-http/answer.ts";
import { send, type Sent } from "../../cloud-http/send.ts";
import { keepToken } from "../../cloud-http/token.ts";
import { openWay, type Way } from "../../cloud-http/way.ts";
import type { Settings } from "./account.ts";
import { succeeded } from "./answer.ts";
import { accountFault } from "./faults.ts";
import { enter, type Entered } from "./keystone.ts";
import { readVersion } from "./schema.ts";

type ServiceType = "compute" | "image" | "network" | "volume";

/** What each is called in catalogues. */
const TYPES: Readonly<Record<ServiceType, readonly string[]>> = {
  compute: ["compute"],
  image: ["image"],
  network: ["network"],
  volume: ["block-storage", "volumev3"],
};

interface Asked<T> {
  readonly service: ServiceType;
  readonly method: Sent["method"];
  /** Behind the service's address, with query. */
  readonly path: string;
  readonly body?: unknown;
  /** The body of a success, parsed; null where there is none. Throws UnreadableAnswer. */
  readonly read: (value: unknown) => T;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Session {
  readonly ask: <T>(asked: Asked<T>, signal: AbortSignal) => Promise<T>;
  readonly projectId: (signal: AbortSignal) => Promise<string>;
}

/** A thousand servers with all their metadata have some megabytes. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;

/** Oldest that lets a server have no network, and the newest that this provider was written against (Train). */
const COMPUTE_OLDEST = "2.37";
const COMPUTE_NEWEST = "2.79";

/** What some clouds still put behind the address of a service: a project, or a version that the paths here have themselves. */
const BEHIND: Readonly<Record<ServiceType, RegExp>> = {
  compute: /\/(?:AUTH_)?[0-9a-f]{32}\/*$/,
  image: /\/v2(?:\.\d+)?\/*$/,
  network: /\/v2\.0\/*$/,
  volume: /\/v3(?:\/(?:AUTH_)?[0-9a-f]{32})?\/*$/,
};

export function openSession(settings: Settings): Session {
  const { authUrl, trust, login } = settings;
  const keystone = openWay({ to: authUrl, trust });
  const ways = new Map<string, Way>();
  let entered: Entered | null = null;
  let microversion: string | null = null;
  const keeper = keepToken({
    async login() {
      entered = await enter(keystone, login);
      microversion ??= await negotiate(wayTo("compute"), entered.token);
      return { text: entered.token, livesMs: entered.livesMs };
    },
  });

  function wayTo(service: ServiceType): Way {
    const url = endpointOf(entered?.catalog ?? [], service, settings);
    const way = ways.get(url.href) ?? openWay({ to: url, trust, limits: { bodyBytes: ANSWER_BYTES_MOST } });
    ways.set(url.href, way);
    return way;
  }

  return {
    async ask({ service, method, path, body, read }, signal) {
      const answer = await keeper.use(async (token) => {
        const headers = {
          ...headersWith(token),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(service === "compute" ? { "openstack-api-version": `compute ${microversion}` } : {}),
        };
        const written = body === undefined ? {} : { body: JSON.stringify(body) };
        const sent = await send(wayTo(service), { method, path, headers, ...written }, signal);
        // Only this is worth another token; what a role does not permit, it does not permit with the next one either.
        return sent.status === 401 ? succeeded(sent) : sent;
      }, signal);
      return readableJson(succeeded(answer), read);
    },
    projectId: (signal) => keeper.use(async () => entered?.project.id ?? "", signal),
  };
}

const headersWith = (token: string) => ({ "x-auth-token": token, accept: "application/json" });

/** Which version of Nova's API is spoken: part of the login, which all who wait for it share. */
async function negotiate(way: Way, token: string): Promise<string> {
  const request = { method: "GET", path: "/", headers: headersWith(token) } as const;
  const answer = await send(way, request, new AbortController().signal);
  const { version } = readableJson(succeeded(answer), readVersion).version;
  if (typeof version !== "string" || isOlder(version, COMPUTE_OLDEST)) {
    throw accountFault("nova_too_old", `Nova at ${way.name} speaks ${version ?? "2.1"}; ${COMPUTE_OLDEST} is needed`);
  }
  return isOlder(version, COMPUTE_NEWEST) ? version : COMPUTE_NEWEST;
}

/** `2.9` is older than `2.37`. */
function isOlder(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function endpointOf(
  catalog: Entered["catalog"],
  service: ServiceType,
  { region, interface: wanted }: Pick<Settings, "region" | "interface">,
): URL {
  const all = catalog.filter(({ type }) => TYPES[service].includes(type)).flatMap(({ endpoints }) => endpoints);
  const usable = all.filter((endpoint) => endpoint.interface === wanted);
  const regionOf = (endpoint: (typeof all)[number]): string => endpoint.region_id ?? endpoint.region ?? "";
  const regions = [...new Set(usable.map(regionOf))].toSorted();
  if (regions.length === 0) {
    throw accountFault("no_service", `the cloud's catalogue has no ${service} service on its ${wanted} interface`);
  }
  if (region === null && regions.length > 1) {
    throw accountFault("no_region", `the cloud has several regions; give one as region: ${regions.join(", ")}`);
  }
  const endpoint = usable.find((one) => region === null || regionOf(one) === region);
  if (endpoint === undefined) {
    throw accountFault(
      "no_region",
      `there is no region ${region} with a ${service} service; give one as region: ${regions.join(", ")}`,
    );
  }
  const url = URL.parse(endpoint.url.replace(BEHIND[service], ""));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw accountFault("bad_endpoint", `the cloud's catalogue has no usable address of its ${service} service`);
  }
  return url;
}
