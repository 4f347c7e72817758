// One account's way to Deltacloud: credentials, driver and provider go with each request. There is no login, and nothing is kept there.

import { readable } from "../../cloud-http/answer.ts";
import { redirectFault } from "../../cloud-http/faults.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import { type Answer, send, type Sent } from "../../cloud-http/send.ts";
import { openWay } from "../../cloud-http/way.ts";
import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Settings } from "./account.ts";
import { type Asked, decoded, refusalFault } from "./faults.ts";
import { readRefusal } from "./refusal.ts";

interface Question<T> {
  /** Behind the entry point. */
  readonly path: string;
  /** The same, where it is about one instance. */
  readonly instance?: string;
  /** It is about the server, whatever cloud is behind. */
  readonly ofServer?: boolean;
  /** Throws UnreadableAnswer. */
  readonly read: (body: Buffer) => T;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Session {
  /** For people. */
  readonly name: string;
  readonly ask: <T>(question: Question<T>, signal: AbortSignal) => Promise<T>;
  readonly create: <T>(
    asked: { readonly fields: Readonly<Record<string, string>>; readonly read: (body: Buffer) => T },
    signal: AbortSignal,
  ) => Promise<T>;
  /** Something that is done with an instance. What it is like afterwards has to be asked. */
  readonly act: (id: string, action: "start" | "reboot" | "stop" | "destroy", signal: AbortSignal) => Promise<void>;
}

/** Deltacloud answers one request after the other, each as long as the cloud behind takes. */
export const CREATE_MS = 120_000;
export const OTHER_MS = 60_000;

/** Lists have no pages, and a document for each instance. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;

/** Where things are done with instances and about them. */
export const instancePath = (id: string): string => `/instances/${encodeURIComponent(id)}`;

export function openSession(settings: Settings): Session {
  const { url, trust, driver, provider, user, password } = settings;
  const wayOf = (totalMs: number) => openWay({ to: url, trust, limits: { bodyBytes: ANSWER_BYTES_MOST, totalMs } });
  const way = wayOf(OTHER_MS);
  const longWay = wayOf(CREATE_MS);
  const { name } = way;
  const plain = {
    // Whoever takes anything is sent pages for people.
    accept: "application/xml",
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
  };
  const headers = {
    ...plain,
    ...(driver === null ? {} : { "x-deltacloud-driver": driver }),
    ...(provider === null ? {} : { "x-deltacloud-provider": provider }),
  };
  const sent = async (request: Sent, asked: Asked, signal: AbortSignal): Promise<Answer> => {
    const line = asked.kind === "create" ? longWay : way;
    const form = request.body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const answer = await send(line, { ...request, headers: { ...(request.headers ?? headers), ...form } }, signal);
    if (answer.status < 400) return answer;
    const fault = refusalFault(readRefusal(answer), asked, pauseIn(answer.headers));
    throw new ProviderFault(named(fault, settings, name));
  };
  return {
    name,
    async ask({ path, instance, ofServer, read }, signal) {
      const asked = { method: "GET", path, ...(ofServer === true ? { headers: plain } : {}) } as const;
      return readable(await sent(asked, { kind: "question", instance: instance ?? null }, signal), read);
    },
    async create({ fields, read }, signal) {
      const body = new URLSearchParams(fields).toString();
      return readable(
        await sent({ method: "POST", path: "/instances", body }, { kind: "create", instance: null }, signal),
        read,
      );
    },
    async act(id, action, signal) {
      const path = instancePath(id);
      const request =
        action === "destroy"
          ? ({ method: "DELETE", path } as const)
          : ({ method: "POST", path: `${path}/${action}`, body: "", takesRedirects: true } as const);
      const { status, headers: told } = await sent(request, { kind: "action", instance: path }, signal);
      if (status < 300 || leadsTo(told.location, path, url)) return;
      throw redirectFault({ status, location: told.location }, { name, base: url.href });
    },
  };
}

/** Some drivers answer what they have accepted with the instance's own address; other addresses are no answer. */
function leadsTo(location: string | undefined, path: string, base: URL): boolean {
  const to = location === undefined ? null : URL.parse(location, base.href);
  return to !== null && decoded(to.pathname).endsWith(decoded(path));
}

/** Refused credentials are said with whose they are. */
function named(fault: Fault, { user }: Pick<Settings, "user">, name: string): Fault {
  if (fault.code === "not_authorized") {
    return {
      ...fault,
      text: `Deltacloud at ${name}: user ${user} is not let in: user or password is wrong, or driver and provider are those of another cloud`,
    };
  }
  const [, status] = /^status_(\d+)$/.exec(fault.code) ?? [];
  if (status !== undefined) {
    return {
      ...fault,
      text: `${name} answers ${status}, and not as Deltacloud does; correct the account's url, which ends in /api as a rule`,
    };
  }
  return { ...fault, text: `Deltacloud at ${name}: ${fault.text}` };
}
