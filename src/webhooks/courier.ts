// What a webhook is sent: an event as the API shows it, signed as Standard Webhooks says (https://www.standardwebhooks.com).

import { randomBytes } from "node:crypto";
import { Webhook as Signer } from "standardwebhooks";
import { showEvent } from "../http/show/event.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Answer, Courier, Letter } from "../ports/webhooks.ts";
import { createNames } from "./names.ts";
import { failed, post, urlRefusal, type Way } from "./post.ts";

/** A body is never larger; an event that would be says so, and is to be had from the API. */
export const BODY_BYTES_MOST = 256 * 1024;

export interface CourierDeps extends Pick<Way, "toAny"> {
  readonly secrets: Secrets;
  readonly version: string;
  /** Slipway's own time is the database's; a receiver holds the time of a message against its own clock. */
  readonly now: () => number;
}

export function createCourier(deps: CourierDeps): Courier {
  const way: Way = { toAny: deps.toAny, resolve: createNames(deps) };
  const send = async (url: string, sealedSecret: string, { id, body }: Message): Promise<Answer> => {
    const secret = opened(deps.secrets, sealedSecret);
    if (secret === null) return failed("not sent: the key of this server or worker does not open its secret");
    const at = new Date(deps.now());
    const headers = {
      "content-type": "application/json",
      "user-agent": `slipway/${deps.version}`,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Signer(secret).sign(id, at, body),
    };
    return post({ url, headers, body }, way);
  };
  return {
    carry: (letter) => send(letter.webhook.url, letter.sealedSecret, messageOf(letter)),
    test: ({ name, url }, sealedSecret) => {
      const body = JSON.stringify({
        type: "test",
        timestamp: new Date(deps.now()).toISOString(),
        data: { webhook: name },
      });
      return send(url, sealedSecret, { id: `test_${randomBytes(12).toString("hex")}`, body });
    },
    refusal: (url) => urlRefusal(url, deps),
  };
}

/** Null: this process has not, or not yet, the key that sealed it. */
function opened(secrets: Secrets, sealed: string): string | null {
  try {
    return secrets.open(sealed);
  } catch {
    return null;
  }
}

interface Message {
  /**
   * The same at each try of one event, so that who was told twice can tell. With its time, for after a restore a deployment's numbers go on
   * from the backup: what was told under them before is another event.
   */
  readonly id: string;
  readonly body: string;
}

export function messageOf({ deployment, event }: Letter): Message {
  const id = `evt_${event.deployment}_${event.no}_${event.at}`;
  const shown = showEvent(event);
  const { kind: type, at: timestamp } = shown;
  const body = JSON.stringify({ type, timestamp, data: { deployment, event: shown } });
  if (Buffer.byteLength(body) <= BODY_BYTES_MOST) return { id, body };
  const cut = { no: shown.no, at: timestamp, kind: type, text: shown.text.slice(0, 1_000), tooLarge: true };
  return { id, body: JSON.stringify({ type, timestamp, data: { deployment, event: cut } }) };
}
