// EC2 at the wire: a server that answers as its script says, in the XML that EC2 sends. Each request is told by its action.

// Loaded before the time of any test counts.
import "@aws-sdk/client-ec2";
import type { IncomingMessage } from "node:http";
import { type Exchange as Scripted, playScript } from "../../cloud-http/replay.samples.ts";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { ec2Provider } from "./index.ts";

export interface Asked {
  /** `/DescribeInstances`. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: URLSearchParams;
}

export type Exchange = Scripted<Asked>;

export const INSTANCE = "i-0598c7d356eba48d7";
export const OTHER = "i-0a1b2c3d4e5f60718";
export const IMAGE = "ami-0abcdef1234567890";
export const SUBNET = "subnet-0f2a1c3b5d7e9f801";
export const ZONE = "eu-central-1a";
const OTHER_ZONE = "eu-central-1b";
export const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const REQUEST_ID = "59dbff89-35bd-4eac-99ed-be587EXAMPLE";

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function answer(action: string, inner = "", given: Partial<Exchange> = {}): Exchange {
  const xml = `${HEAD}<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${REQUEST_ID}</requestId>${inner}</${action}Response>`;
  return {
    on: `POST /${action}`,
    headers: { "content-type": "text/xml;charset=UTF-8" },
    bytes: Buffer.from(xml),
    ...given,
  };
}

export function refusal(
  action: string,
  { status, code, message = "no" }: { readonly status: number; readonly code: string; readonly message?: string },
): Exchange {
  const xml = `${HEAD}<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${REQUEST_ID}</RequestID></Response>`;
  return {
    on: `POST /${action}`,
    status,
    headers: { "content-type": "text/xml;charset=UTF-8" },
    bytes: Buffer.from(xml),
  };
}

const tag = (key: string, value: string): string => `<item><key>${key}</key><value>${value}</value></item>`;

interface Shown {
  readonly id?: string;
  readonly state?: string;
  readonly owner?: string;
  readonly launched?: string;
  /** `Code: Message`, as EC2 writes them. */
  readonly reason?: { readonly code: string; readonly message: string };
  /** XML besides. */
  readonly more?: string;
}

export function instance(name: string, given: Shown = {}): string {
  const {
    id = INSTANCE,
    state = "running",
    owner = "suite",
    launched = "2026-11-28T22:16:35.000Z",
    reason,
    more = "",
  } = given;
  const why =
    reason === undefined
      ? ""
      : `<stateReason><code>${reason.code}</code><message>${reason.message}</message></stateReason>`;
  return (
    `<item><instanceId>${id}</instanceId><imageId>${IMAGE}</imageId>` +
    `<instanceState><code>16</code><name>${state}</name></instanceState><instanceType>m7i.large</instanceType>` +
    `<launchTime>${launched}</launchTime><placement><availabilityZone>${ZONE}</availabilityZone></placement>` +
    `<privateIpAddress>172.31.4.7</privateIpAddress><ipAddress>3.120.4.7</ipAddress>${why}` +
    `<cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>${more}` +
    `<tagSet>${tag("slipway-installation", owner)}${tag("slipway-machine", name)}${tag("slipway-realm", ZONE)}${tag("Name", name)}</tagSet></item>`
  );
}

export function instances(shown: readonly string[], next = ""): Exchange {
  const sets = shown.map((one) => `<item><reservationId>r-1</reservationId><instancesSet>${one}</instancesSet></item>`);
  const token = next === "" ? "" : `<nextToken>${next}</nextToken>`;
  return answer("DescribeInstances", `<reservationSet>${sets.join("")}</reservationSet>${token}`);
}

export const images = (...shown: readonly { readonly id: string; readonly created?: string }[]): Exchange =>
  answer(
    "DescribeImages",
    `<imagesSet>${shown
      .map(
        ({ id, created = "2026-01-01T00:00:00.000Z" }) =>
          `<item><imageId>${id}</imageId><creationDate>${created}</creationDate><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>` +
          "<item><deviceName>/dev/xvda</deviceName><ebs><volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination></ebs></item>" +
          "<item><deviceName>/dev/sdb</deviceName><ebs><volumeSize>20</volumeSize><deleteOnTermination>false</deleteOnTermination></ebs></item>" +
          "<item><deviceName>/dev/sdc</deviceName><virtualName>ephemeral0</virtualName></item>" +
          "</blockDeviceMapping></item>",
      )
      .join("")}</imagesSet>`,
  );

export const subnets = (...shown: readonly { readonly id: string; readonly name?: string }[]): Exchange =>
  answer(
    "DescribeSubnets",
    `<subnetSet>${shown
      .map(
        ({ id, name = "" }) =>
          `<item><subnetId>${id}</subnetId><vpcId>vpc-1</vpcId><availabilityZone>${ZONE}</availabilityZone><tagSet>${tag("Name", name)}</tagSet></item>`,
      )
      .join("")}</subnetSet>`,
  );

/** Of Service Quotas or Systems Manager. */
export const told = (target: string, body: object, status = 200): Exchange => ({
  on: `POST /${target}`,
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body,
});

interface ShownKey {
  readonly id?: string;
  /** The machine's name, by which the key is named and tagged. */
  readonly machine: string;
  readonly owner?: string;
  readonly name?: string;
  readonly imported?: string;
}

export const keyPairs = (...shown: readonly ShownKey[]): Exchange =>
  answer(
    "DescribeKeyPairs",
    `<keySet>${shown
      .map(
        ({
          machine,
          id = "key-0a1",
          owner = "suite",
          name = `${machine}-key`,
          imported = "2026-01-01T00:00:00.000Z",
        }) =>
          `<item><keyPairId>${id}</keyPairId><keyName>${name}</keyName><createTime>${imported}</createTime>` +
          `<tagSet>${tag("slipway-installation", owner)}${tag("slipway-machine", machine)}${tag("slipway-realm", ZONE)}</tagSet></item>`,
      )
      .join("")}</keySet>`,
  );

export function zones(): Exchange {
  const names = [ZONE, OTHER_ZONE].map((name) => `<item><zoneName>${name}</zoneName></item>`);
  return answer("DescribeAvailabilityZones", `<availabilityZoneInfo>${names.join("")}</availabilityZoneInfo>`);
}

/** What a session asks before its first create. */
export const BEFORE: readonly Exchange[] = [images({ id: IMAGE }), subnets({ id: SUBNET })];

export const made = (name: string, given: Shown = {}): Exchange =>
  answer(
    "RunInstances",
    `<reservationId>r-1</reservationId><instancesSet>${instance(name, { state: "pending", ...given })}</instancesSet>`,
  );

export const cut = (action: string): Exchange => ({ on: `POST /${action}`, end: "cut" });

/** What a check tries beside the keys. EC2 says so of every trial that would have been let through. */
export const MAY_CREATE: readonly Exchange[] = [
  images({ id: IMAGE }),
  refusal("RunInstances", {
    status: 412,
    code: "DryRunOperation",
    message: "Request would have succeeded, but DryRun flag is set.",
  }),
];

export interface Opened extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly asked: readonly Asked[];
  readonly hanging: Promise<void>;
  readonly url: string;
}

export const ACCOUNT = { region: "eu-central-1", accessKeyId: "AKIAIOSFODNN7EXAMPLE" } as const;

export function openAt(endpoint: string, settings: Readonly<Record<string, unknown>> = {}): Cloud {
  const account = { id: accountId("acc-1"), name: "lab", settings: { ...ACCOUNT, endpoint, ...settings } };
  return ec2Provider.open(account, { secretAccessKey: SECRET });
}

type Given = Readonly<Record<string, unknown>>;

export async function openReplayed(
  script: readonly Exchange[],
  settings: Given | ((url: string) => Given) = {},
): Promise<Opened> {
  const replay = await playScript(script, { read: readAsked });
  const url = `http://127.0.0.1:${replay.port}`;
  return {
    ...replay,
    url,
    cloud: openAt(url, typeof settings === "function" ? settings(url) : settings),
  };
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const { "x-amz-target": target } = request.headers;
  // The services beside EC2 speak JSON, and tell the action in a header.
  if (typeof target === "string") {
    return { path: `/${target}`, headers: request.headers, body: new URLSearchParams(fieldsIn(text)) };
  }
  const body = new URLSearchParams(text);
  return { path: `/${body.get("Action")}`, headers: request.headers, body };
}

function fieldsIn(json: string): Record<string, string> {
  const fields: object = JSON.parse(json);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}
