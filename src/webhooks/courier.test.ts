import { expect, test } from "vitest";
import { deploymentId, machineId } from "../core/ids.ts";
import type { EventBody } from "../core/story/event.ts";
import type { Letter } from "../ports/webhooks.ts";
import { secretsWith } from "../secrets.ts";
import { BODY_BYTES_MOST, createCourier, messageOf } from "./courier.ts";

const ID = deploymentId("abcdefghijkl");

function letterOf(body: EventBody): Letter {
  const usual = { name: "chat", url: "https://x.example", pool: null, kinds: null, createdAt: 0, createdBy: "ada" };
  return {
    webhook: usual,
    sealedSecret: "",
    deployment: { id: ID, name: "shop", pool: "default", blueprint: "shop" },
    event: { deployment: ID, no: 7, revision: 1, at: 1_000, body },
    claim: "c",
    again: false,
  };
}

test("a message is the event as the API shows it, with its deployment, and the same id at each try", () => {
  const letter = letterOf({ kind: "debt_opened", instance: "db", machine: machineId("m"), hourlyMicros: 250_000 });
  const { id, body } = messageOf(letter);
  expect(messageOf({ ...letter, again: true, claim: "d" }).id).toBe(id);
  expect(id).toBe("evt_abcdefghijkl_7_1000");
  expect(JSON.parse(body)).toEqual({
    type: "debt_opened",
    timestamp: "1970-01-01T00:00:01.000Z",
    data: {
      deployment: { id: ID, name: "shop", pool: "default", blueprint: "shop" },
      event: {
        no: 7,
        revision: 1,
        at: "1970-01-01T00:00:01.000Z",
        kind: "debt_opened",
        text: expect.any(String),
        instance: "db",
        machine: "m",
        hourlyCost: 0.25,
      },
    },
  });
});

test("an event that is too large is told without what makes it so", () => {
  const reason = "x".repeat(BODY_BYTES_MOST);
  const body = messageOf(
    letterOf({ kind: "deployment_moved", from: "pending", to: "failed", move: "gave_up", reason }),
  ).body;
  expect(Buffer.byteLength(body)).toBeLessThan(5_000);
  expect(JSON.parse(body)).toMatchObject({ data: { event: { no: 7, kind: "deployment_moved", tooLarge: true } } });
});

test("after a restore another event under the same number is another message", () => {
  const letter = letterOf({ kind: "deleted" });
  const later = { ...letter, event: { ...letter.event, at: letter.event.at + 1 } };
  expect(messageOf(later).id).not.toBe(messageOf(letter).id);
});

test("a secret that this process's key does not open is a try that failed, and is told", async () => {
  const [own, other] = [1, 2].map((byte) => secretsWith(Buffer.alloc(32, byte)));
  if (own === undefined || other === undefined) throw new Error("two keys");
  const courier = createCourier({ secrets: own, version: "1", toAny: true, now: () => 0 });
  const letter = { ...letterOf({ kind: "deleted" }), sealedSecret: other.seal("whsec_AAAA") };
  const answer = { isTaken: false, isFinal: false, text: expect.stringContaining("does not open its secret") };
  expect(await courier.carry(letter)).toMatchObject(answer);
  expect(await courier.test(letter.webhook, letter.sealedSecret)).toMatchObject(answer);
});
