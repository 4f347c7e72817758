// Deltacloud at the wire, as documents of the server's own form (1.1.3, mock driver and others), for tests that script what it answers.

import { type Exchange as AnyExchange, playScript } from "../../cloud-http/replay.samples.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { cloudName } from "./names.ts";
import { deltacloudProvider } from "./index.ts";

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly form: URLSearchParams;
}

export type Exchange = AnyExchange<Asked>;

export const IMAGE = "img1";
export const PASSWORD = "mock-secret";

export interface Opened extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly asked: readonly Asked[];
  readonly hanging: Promise<void>;
}

export async function openReplayed(script: readonly Exchange[], settings: object = {}): Promise<Opened> {
  const replay = await playScript<Asked>(script, {
    async read(request) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      return { path: pathname, query: searchParams, headers: request.headers, form };
    },
  });
  const account = {
    id: accountId("acc-1"),
    name: "lab",
    settings: { url: `http://127.0.0.1:${replay.port}/api`, user: "mockuser", ...settings },
  };
  return {
    ...replay,
    cloud: deltacloudProvider.open(account, { password: PASSWORD }),
  };
}

export const ON = {
  entry: "GET /api",
  states: "GET /api/instance_states",
  realms: "GET /api/realms",
  profiles: "GET /api/hardware_profiles",
  images: "GET /api/images",
  keys: "GET /api/keys",
  firewalls: "GET /api/firewalls",
  list: "GET /api/instances",
  one: "GET /api/instances/*",
  create: "POST /api/instances",
  start: "POST /api/instances/*/start",
  stop: "POST /api/instances/*/stop",
  destroy: "DELETE /api/instances/*",
} as const;

const HEAD = "<?xml version='1.0' encoding='utf-8' ?>\n";

/** A document as an answer. */
export function xml(on: string, text: string, more: Partial<Exchange> = {}): Exchange {
  return { on, bytes: Buffer.from(HEAD + text), headers: { "content-type": "application/xml" }, ...more };
}

/** What the server writes for an error, with its backtrace and all of the request. */
export const refusal = (on: string, status: number, message: string): Exchange =>
  refusalOf("/api/instances/inst0", { on, status, message });

interface Refused {
  readonly on: string;
  readonly status: number;
  readonly message: string;
}

/** `url`: what it says to be about. */
export function refusalOf(url: string, { on, status, message }: Refused): Exchange {
  return xml(
    on,
    `<error url='${url}' status='${status}'>
       <backend driver='mock' provider='default'></backend>
       <code>${status}</code>
       <message><![CDATA[${message}]]></message>
       <backtrace><![CDATA[lib/deltacloud/drivers/exceptions.rb:220:in 'safely']]></backtrace>
       <request><param name='password'><![CDATA["${PASSWORD}"]]></param></request>
     </error>`,
    { status },
  );
}

export const missing = (id = "inst0"): Exchange =>
  refusalOf(`/api/instances/${id}`, { on: ON.one, status: 404, message: "Not Found" });

interface InstanceGiven {
  readonly id?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly state?: string;
  readonly actions?: readonly string[];
  readonly more?: string;
}

/** As mock offers them. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  RUNNING: ["reboot", "stop"],
  STOPPED: ["start", "destroy"],
};

export function instance({ id = "inst0", name = "web", owner = "suite", state = "RUNNING", ...given }: InstanceGiven) {
  const called = owner === "" ? name : cloudName({ owner, name });
  const actions = (given.actions ?? ACTIONS[state] ?? []).map(
    (rel) => `<link rel='${rel}' method='post' href='http://localhost:3001/api/instances/${id}/${rel}'/>`,
  );
  return `<instance href='http://localhost:3001/api/instances/${id}' id='${id}'>
    <name>${called}</name>
    <owner_id>mockuser</owner_id>
    <image href='http://localhost:3001/api/images/img1' id='img1'></image>
    <realm href='http://localhost:3001/api/realms/us' id='us'></realm>
    <state>
      ${state}
    </state>
    <hardware_profile href='http://localhost:3001/api/hardware_profiles/m1-small' id='m1-small'></hardware_profile>
    <actions>${actions.join("")}</actions>
    ${given.more ?? "<public_addresses></public_addresses><private_addresses></private_addresses>"}
  </instance>`;
}

export const one = (given: InstanceGiven = {}): Exchange => xml(ON.one, instance(given));
export const list = (...all: readonly InstanceGiven[]): Exchange =>
  xml(ON.list, `<instances>${all.map(instance).join("\n")}</instances>`);
export const created = (given: InstanceGiven = {}): Exchange =>
  xml(ON.create, instance(given), { status: 201, headers: { location: "http://localhost:3001/api/instances/inst0" } });

interface EntryGiven {
  readonly driver?: string;
  readonly collections?: readonly string[];
  readonly features?: string;
}

const COLLECTIONS = ["drivers", "realms", "images", "instance_states", "instances", "hardware_profiles", "keys"];
const FEATURES = `<feature name='user_name' rel='create'><param name='name'/></feature>
  <feature name='authentication_key' rel='create'><param name='keyname'/></feature>`;

export function entry({ driver = "mock", collections = COLLECTIONS, features = FEATURES }: EntryGiven = {}): Exchange {
  const links = collections.map((rel) => {
    const told = rel === "instances" ? features : "";
    return `<link rel='${rel}' href='http://localhost:3001/api/${rel}'>${told}</link>`;
  });
  return xml(ON.entry, `<api version='1.1.3' driver='${driver}'>${links.join("\n")}</api>`);
}

/** Of mock: a fixed profile with fractions, one that is cut, one with choices, and one that says nothing. */
export const PROFILES = xml(
  ON.profiles,
  `<hardware_profiles>
    <hardware_profile href='http://localhost:3001/api/hardware_profiles/m1-small' id='m1-small'>
      <id>m1-small</id><name>m1-small</name>
      <property kind='fixed' name='cpu' unit='count' value='1' />
      <property kind='fixed' name='memory' unit='MB' value='1740.8' />
      <property kind='fixed' name='storage' unit='GB' value='160' />
      <property kind='fixed' name='architecture' unit='label' value='i386' />
    </hardware_profile>
    <hardware_profile href='http://localhost:3001/api/hardware_profiles/m1-large' id='m1-large'>
      <name>m1-large</name>
      <property kind='range' name='cpu' unit='count' value='1'>
        <param name='hwp_cpu' operation='create' method='post' href='http://localhost:3001/api/instances'/>
        <range first='1' last='6' />
      </property>
      <property kind='range' name='memory' unit='MB' value='10240'>
        <param name='hwp_memory' operation='create' method='post' href='http://localhost:3001/api/instances'/>
        <range first='7680' last='15360' />
      </property>
      <property kind='enum' name='storage' unit='GB' value='850'>
        <param name='hwp_storage' operation='create' method='post' href='http://localhost:3001/api/instances'/>
        <enum><entry value='850' /><entry value='1024' /></enum>
      </property>
      <property kind='enum' name='architecture' unit='label' value='x86_64'>
        <enum><entry value='x86_64' /><entry value='AArch64' /></enum>
      </property>
    </hardware_profile>
    <hardware_profile href='http://localhost:3001/api/hardware_profiles/opaque' id='opaque'><name>opaque</name></hardware_profile>
  </hardware_profiles>`,
);

export const REALMS = xml(
  ON.realms,
  `<realms>
    <realm href='http://localhost:3001/api/realms/us' id='us'><name>United States</name><state>AVAILABLE</state></realm>
    <realm href='http://localhost:3001/api/realms/eu' id='eu'><name>Europe</name><state>DOWN</state></realm>
  </realms>`,
);

export const IMAGES = xml(
  ON.images,
  `<images>
    <image href='http://localhost:3001/api/images/img1' id='img1'><name>Fedora &amp; more</name></image>
    <image href='http://localhost:3001/api/images/img2' id='img2'><name>Debian</name></image>
    <image href='http://localhost:3001/api/images/img3' id='img3'><name>Debian</name></image>
  </images>`,
);

const transition = ([to, action]: readonly [string, string]): string =>
  action === "auto" ? `<transition to='${to}' auto='true'/>` : `<transition to='${to}' action='${action}'/>`;

/** By state, to which others it leads and by which action. */
export function states(all: Readonly<Record<string, readonly (readonly [string, string])[]>>): Exchange {
  const told = Object.entries(all).map(([name, to]) => `<state name='${name}'>${to.map(transition).join("")}</state>`);
  return xml(ON.states, `<states>${told.join("")}</states>`);
}

/** Of OpenStack's driver: what is stopped ends. */
export const ENDING = states({
  start: [["pending", "create"]],
  pending: [["running", "auto"]],
  running: [
    ["running", "reboot"],
    ["stopping", "stop"],
  ],
  stopping: [["stopped", "auto"]],
  stopped: [["finish", "auto"]],
  finish: [],
});

export const MOCK_STATES = states({
  pending: [["running", "auto"]],
  running: [["stopped", "stop"]],
  stopped: [
    ["running", "start"],
    ["finish", "destroy"],
  ],
  finish: [],
});
