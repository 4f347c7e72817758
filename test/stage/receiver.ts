// Somebody who is told of events: verifies each message as Standard Webhooks says, with its own library, and answers as a test wishes.

import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { z } from "zod";

const Message = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.looseObject({
    deployment: z.object({ id: z.string(), name: z.string() }).optional(),
    event: z.looseObject({ no: z.number(), kind: z.string() }).optional(),
  }),
});

export interface Received {
  readonly id: string;
  readonly deployment: string;
  readonly no: number;
  readonly kind: string;
  /** What was answered; null: nothing yet. */
  status: number | null;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** In the order in which they came. */
  readonly received: Received[];
  /** Messages whose signature or form was wrong. */
  readonly wrong: string[];
  /** What messages are signed with, once it is known. */
  secret: string;
  /** Which status a message is answered with; null: none, the connection stays open. */
  answer: (message: Received) => number | null;
}

export async function startReceiver(): Promise<Receiver> {
  const receiver = { received: [], wrong: [], secret: "", answer: () => 204 } satisfies Partial<Receiver> as Pick<
    Receiver,
    "received" | "wrong" | "secret" | "answer"
  >;
  const server = createServer((request, response) => {
    void take(request).then((status) => {
      if (status !== null) response.writeHead(status).end();
    });
  });
  const take = async (request: IncomingMessage): Promise<number | null> => {
    const body = await text(request);
    try {
      const headers = Object.fromEntries(
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(request.headers[name])]),
      );
      const { type, data } = Message.parse(new Webhook(receiver.secret).verify(body, headers));
      const { deployment, event } = data;
      const message: Received = {
        id: headers["webhook-id"] ?? "",
        deployment: deployment?.id ?? "",
        no: event?.no ?? 0,
        kind: type,
        status: null,
      };
      receiver.received.push(message);
      message.status = receiver.answer(message);
      return message.status;
    } catch (error) {
      receiver.wrong.push(String(error));
      return 400;
    }
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${address.port}/in`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  });
}

/** Of one deployment, by number; one that came again at once, since its answer was lost, counts once. */
export function numbersOf(received: readonly Received[], deployment: string): number[] {
  const numbers = received.filter((one) => one.deployment === deployment).map(({ no }) => no);
  return numbers.filter((no, place) => no !== numbers[place - 1]);
}
