// What tests of this face share: a caller of EC2 that signs by itself, written from Amazon's description of Signature Version 4 and
// held by Amazon's examples (signature.test.ts), and a reader of XML that takes nothing that is not well-formed.

import { createHash, createHmac } from "node:crypto";
import { afterEach } from "vitest";
import type { CloudOperator } from "../../cloud-operator.ts";
import { createDatacentre, type Datacentre } from "../../datacentre.ts";
import { type ServedDatacentre, serveDatacentre } from "../../server.ts";
import type { CloudSettings } from "../../settings.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { readXml, type XmlElement } from "../xml-document.ts";
import { EC2_CLOUDS } from "./clouds.ts";
import { ec2Face } from "./face.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

export interface Signing {
  readonly key: string;
  readonly secret: string;
  readonly region: string;
  readonly service: string;
  /** `20150830T123600Z` */
  readonly time: string;
}

export interface ToSign {
  readonly method: string;
  readonly path: string;
  /** As it stands in the canonical request: encoded, and in order. */
  readonly query: string;
  /** Names in lower case and in order. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The Authorization header. */
export function authorizationFor({ key, secret, region, service, time }: Signing, toSign: ToSign): string {
  const { method, path, query, headers, body } = toSign;
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const canonical = [method, path, query, ...lines, "", names, sha256(body)].join("\n");
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signing = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request");
  const signature = hmac(signing, text).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

/** Text of an element, or its elements: those named `item` as a list, any other name once. */
export type Node = string | Node[] | { readonly [name: string]: Node };

/** Throws where it is not well-formed, or not as Amazon writes it. */
export function parseXml(text: string): { readonly root: string; readonly content: Node } {
  if (!text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')) throw new Error("there is no declaration");
  const root = readXml(text);
  return { root: root.name, content: nodeOf(root) };
}

function nodeOf({ name, attributes, children, text }: XmlElement): Node {
  if (attributes.length > 0) throw new Error(`${name} has attributes`);
  if (children.length === 0) return text;
  if (text !== "") throw new Error(`${name} has text beside elements`);
  const names = children.map((child) => child.name);
  if (names.every((each) => each === "item")) return children.map(nodeOf);
  if (new Set(names).size < names.length) throw new Error(`${name} has two elements of one name`);
  return Object.fromEntries(children.map((child) => [child.name, nodeOf(child)]));
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly root: string;
  /** What is at the path, `a.b.0.c`; lists of nothing are texts of nothing. */
  readonly at: (path: string) => Node | undefined;
  /** Nothing where there is none. */
  readonly text: (path: string) => string;
  /** The elements of a list. */
  readonly list: (path: string) => readonly Node[];
  readonly content: Node;
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const { root, content } = parseXml(text);
  const at = (path: string): Node | undefined => nodeAt(content, path);
  return {
    status,
    headers,
    root,
    at,
    text: (path) => textAt(content, path),
    list(path) {
      const found = at(path);
      return Array.isArray(found) ? found : [];
    },
    content,
  };
}

/** Nothing where there is no text. */
export function textAt(node: Node | undefined, path: string): string {
  const found = nodeAt(node, path);
  return typeof found === "string" ? found : "";
}

export function nodeAt(node: Node | undefined, path: string): Node | undefined {
  return path.split(".").reduce<Node | undefined>((found, name) => {
    if (found === undefined || typeof found === "string") return undefined;
    return Array.isArray(found) ? found[Number(name)] : found[name];
  }, node);
}

type Parameters = Readonly<Record<string, string | number | boolean>>;

interface CallOptions {
  readonly method?: "GET" | "POST";
  readonly service?: string;
  readonly version?: string;
  readonly region?: string;
  readonly key?: string;
  readonly secret?: string;
  readonly sessionToken?: string;
  /** In milliseconds since 1970. */
  readonly signedAt?: number;
  readonly signal?: AbortSignal;
}

/** 2026-01-01, so that the signatures of tests have a date. */
const BEGINNING = Date.UTC(2026, 0, 1);

const AT_ONCE = { kind: "fixed", ms: 0 } as const;

/** Amazon's ways without Amazon's pace. */
const QUICK: Partial<CloudSettings> = {
  latency: AT_ONCE,
  boot: AT_ONCE,
  serviceDelay: AT_ONCE,
  stopping: AT_ONCE,
  removal: AT_ONCE,
  visibilityMs: 0,
  idVisibilityMs: 0,
  consoleDelayMs: 0,
};

export interface Ec2Stage {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly datacentre: Datacentre;
  readonly operator: CloudOperator;
  /** Signed, with the answer's XML read. */
  readonly call: (action: string, parameters?: Parameters, options?: CallOptions) => Promise<Answer>;
  /** `CODE: message`, with the status before it. Throws where it was no refusal. */
  readonly refusal: (action: string, parameters?: Parameters, options?: CallOptions) => Promise<string>;
  /** What is needed for one small instance. */
  readonly order: Parameters;
  /** Ids of what was launched. */
  readonly launch: (parameters?: Parameters) => Promise<readonly string[]>;
  /** States by id, of all instances. */
  readonly states: () => Promise<Readonly<Record<string, string>>>;
}

/** Opens us-east-1 with changes; it is closed after each test. */
export function ec2Stages(): (changes?: Partial<CloudSettings>) => Promise<Ec2Stage> {
  let served: ServedDatacentre[] = [];
  afterEach(async () => {
    await Promise.all(served.map((each) => each.close()));
    served = [];
  });
  return async (changes = {}) => {
    const clock = new VirtualClock(BEGINNING);
    const [east] = EC2_CLOUDS;
    if (east === undefined) throw new Error("there is no first region");
    const datacentre = createDatacentre({ clouds: [{ ...east, ...QUICK, ...changes }], clock });
    const opened = await serveDatacentre(datacentre, { port: 0, face: ec2Face });
    served.push(opened);
    return stageAt(opened.url, clock, datacentre);
  };
}

function stageAt(url: string, clock: VirtualClock, datacentre: Datacentre): Ec2Stage {
  const send = async (action: string, parameters: Parameters = {}, options: CallOptions = {}): Promise<Answer> => {
    const response = await fetchSigned(url, clock, { action, parameters, options });
    return answerOf(response.status, response.headers, await response.text());
  };
  const order = { ImageId: imageNamed("debian-12"), InstanceType: "t3.small", MinCount: 1, MaxCount: 1 };
  const instancesIn = (answer: Answer): readonly Node[] =>
    answer.list("reservationSet").flatMap((reservation) => {
      const set = nodeAt(reservation, "instancesSet");
      return Array.isArray(set) ? set : [];
    });
  return {
    url,
    clock,
    datacentre,
    operator: datacentre.cloud("us-east-1"),
    call: send,
    async refusal(action, parameters, options) {
      const answer = await send(action, parameters, options);
      const error = answer.at("Errors.Error") ?? answer.at("Error");
      if (error === undefined) throw new Error(`${action} was not refused: ${JSON.stringify(answer.content)}`);
      return `${answer.status} ${textAt(error, "Code")}: ${textAt(error, "Message")}`;
    },
    order,
    async launch(parameters = {}) {
      const answer = await send("RunInstances", { ...order, ...parameters });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.content));
      return answer.list("instancesSet").map((instance) => textAt(instance, "instanceId"));
    },
    async states() {
      const answer = await send("DescribeInstances");
      return Object.fromEntries(
        instancesIn(answer).map((each) => [nodeAt(each, "instanceId"), nodeAt(each, "instanceState.name")]),
      );
    },
  };
}

interface Sending {
  readonly action: string;
  readonly parameters: Parameters;
  readonly options: CallOptions;
}

async function fetchSigned(
  url: string,
  clock: VirtualClock,
  { action, parameters, options }: Sending,
): Promise<Response> {
  const { method = "POST", service = "ec2", version = "2016-11-15", region = "us-east-1" } = options;
  const { key = "AKIAEASTDATACENTRE", secret = "east-key", sessionToken, signedAt = clock.now(), signal } = options;
  const fields = Object.entries({ Action: action, Version: version, ...parameters });
  const form = fields.map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`);
  const query = method === "GET" ? form.toSorted().join("&") : "";
  const body = method === "POST" ? form.join("&") : "";
  const time = new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = {
    ...(method === "POST" ? { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } : {}),
    host: new URL(url).host,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const toSign = { method, path: "/", query, headers, body };
  const authorization = authorizationFor({ key, secret, region, service, time }, toSign);
  return fetch(`${url}/${query === "" ? "" : `?${query}`}`, {
    method,
    headers: { ...headers, authorization },
    ...(method === "POST" ? { body } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Its id in us-east-1. */
export function imageNamed(name: string): string {
  const [image] = (EC2_CLOUDS[0]?.realms[0]?.images ?? []).filter(
    (each) => typeof each !== "string" && each.name === name,
  );
  if (image === undefined || typeof image === "string" || image.id === undefined) throw new Error(`no image ${name}`);
  return image.id;
}

/** Of that zone of us-east-1. */
export function subnetIn(zone: string): string {
  const subnet = EC2_CLOUDS[0]?.networks?.find(({ realms }) => realms?.includes(zone));
  if (subnet?.id === undefined) throw new Error(`no subnet in ${zone}`);
  return subnet.id;
}
