import type { Fault } from "../fault.ts";

/**
 * What the cloud said. Of a quota, and of an account that it does not let in, also whose it is: clouds take that as read. Of a quota
 * besides who raises it, as of those that are known before anybody is asked.
 */
export function refusalText({ class: kind, text }: Pick<Fault, "class" | "text">, account: string | null): string {
  const whose = account === null ? "its account" : `account ${account}`;
  switch (kind) {
    case "quota":
      return `quota of ${whose} at its cloud: ${text} (raised by its operator)`;
    case "auth":
      return `${whose} is not let in by its cloud: ${text}`;
    case "account":
      return `${whose} is refused by its cloud: ${text}`;
    case "capacity":
    case "config":
    case "conflict":
    case "not_found":
    case "throttle":
    case "transient":
    case "unknown":
      return text;
  }
}
