// The contract of faces, held by a small one of a vendor that nobody knows: lines of text, requests signed with the key.

import { createHmac } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { CloudError, type CloudErrorCode } from "../cloud-api.ts";
import { createDatacentre } from "../datacentre.ts";
import { create } from "../desk/create.ts";
import { seen } from "../desk/lists.ts";
import type { FaultRule } from "../fault.ts";
import { plainCloud } from "../presets.ts";
import { type ServedDatacentre, serveDatacentre } from "../server.ts";
import { VirtualClock } from "../virtual-clock.ts";
import type { Door, Face, FaceReply, FaceRequest } from "./face.ts";

const REFUSALS: Readonly<Partial<Record<CloudErrorCode, readonly [number, string]>>> = {
  wrong_key: [403, "BadSignature"],
  quota_exceeded: [400, "LimitExceeded"],
  throttled: [503, "SlowDown"],
  unavailable: [502, "Sorry"],
};

const small: Face = {
  name: "small",
  clouds: [plainCloud()],
  open: ({ keyOf }) => {
    const isSigned = (who: string, { headers, body }: FaceRequest): boolean =>
      headers["x-signature"] === signatureOf(keyOf(who) ?? "", body);
    const answer = async (request: FaceRequest, door: Door): Promise<FaceReply> => {
      const { method, path, body, headers } = request;
      if (path === "/versions") {
        await door.pass({ operation: "describe" });
        return { status: 200, body: "v7\n" };
      }
      const tenant = headers["x-who"] ?? "";
      const access = { tenant, key: isSigned(tenant, request) ? (keyOf(tenant) ?? "") : "not signed" };
      if (method === "POST") {
        const wanted = { name: body, realm: "plain-a", size: "small", image: "nginx-1" };
        const { id } = await door.ask(access, { operation: "create", name: body }, (asked) => create(asked, wanted));
        return { status: 201, body: `made ${id}\n` };
      }
      const found = await door.ask(access, { operation: "list" }, (asked) => {
        const { machines, show, unreachableRealms } = seen(asked, {});
        return [...machines.map((machine) => `${show(machine).name} ${machine.state}`), ...unreachableRealms];
      });
      return { status: 200, body: found.map((line) => `${line}\n`).join("") };
    };
    return (request, door) =>
      answer(request, door).catch((error: unknown) => {
        if (!(error instanceof CloudError)) throw error;
        const [status, word] = REFUSALS[error.code] ?? [500, "Strange"];
        return { status, body: `${word} ${JSON.stringify(error.about)}\n` };
      });
  },
};

function signatureOf(key: string, body: string): string {
  return createHmac("sha256", key).update(body).digest("hex");
}

let served: ServedDatacentre | null = null;
afterEach(async () => {
  await served?.close();
  served = null;
});

async function serve(...rules: FaultRule[]) {
  const datacentre = createDatacentre({ clouds: small.clouds, clock: new VirtualClock() });
  served = await serveDatacentre(datacentre, { port: 0, face: small });
  const { url } = served;
  const operator = datacentre.cloud("plain");
  operator.addFaults(rules);
  const told = async (request: RequestInit): Promise<string> => {
    const answer = await fetch(`${url}/things`, request);
    return `${answer.status} ${await answer.text()}`;
  };
  const signed = (body: string, key: string) => ({ "x-who": "plain", "x-signature": signatureOf(key, body) });
  const post = (body: string, key = "plain-key") => told({ method: "POST", headers: signed(body, key), body });
  const get = () => told({ headers: signed("", "plain-key") });
  return { url, operator, post, get, alive: () => datacentre.billing.aliveNow().length };
}

describe("a face", () => {
  test("speaks its vendor's words, and the owner's hands are beside it", async () => {
    const { url, post, get } = await serve();
    expect(await post("web")).toBe("201 made plain-0001\n");
    expect(await get()).toBe("200 web running\n");
    const { machines } = JSON.parse(await (await fetch(`${url}/admin/clouds/plain`)).text());
    expect(machines).toMatchObject([{ name: "web" }]);
    expect(await (await fetch(`${url}/livez`)).text()).toBe('{"alive":true}');
    expect((await fetch(`${url}/v1`)).status).toBe(403);
  });

  test("has its own words for refusals, with what they are about", async () => {
    const { post, get, operator } = await serve();
    expect(await post("web", "forged")).toBe("403 BadSignature {}\n");
    operator.setQuota("plain", { cpu: 1 });
    await post("web");
    const about = { dimension: "cpu", limit: 1, used: 1, requested: 1 };
    expect(await post("web")).toBe(`400 LimitExceeded ${JSON.stringify(about)}\n`);
    operator.setOutage(true);
    expect(await get()).toBe("502 Sorry {}\n");
  });

  test("has every fault on the wire without doing anything for it", async () => {
    const { post, get, alive } = await serve(
      { on: "create", do: { kind: "lose_request" } },
      { on: "create", do: { kind: "lose_answer" } },
      { on: "create", do: { kind: "error_but_done" } },
      { on: "create", do: { kind: "refuse", code: "throttled" } },
      { on: "create", do: { kind: "raw_answer", status: 504, body: "<html>gateway</html>" } },
      { on: "list", do: { kind: "list_partial", realms: ["plain-a"] } },
      { on: "list", when: { nth: 2 }, do: { kind: "cut_answer" } },
    );
    const told: string[] = [];
    for (let nth = 1; nth <= 5; nth++) {
      const answer = await post(`web-${nth}`).catch((error: unknown) => String(error));
      told.push(`${answer.trim()}, ${alive()} alive`);
    }
    expect(told).toEqual([
      "TypeError: fetch failed, 0 alive",
      "TypeError: fetch failed, 1 alive",
      "502 Sorry {}, 2 alive",
      "503 SlowDown {}, 2 alive",
      "504 <html>gateway</html>, 2 alive",
    ]);
    expect(await get()).toBe("200 plain-a\n");
    await expect(get()).rejects.toThrow("terminated");
  });

  test("may answer what needs no key, on the same way", async () => {
    const { url, operator } = await serve({ on: "describe", when: { nth: 2 }, do: { kind: "lose_answer" } });
    const versions = async () => (await fetch(`${url}/versions`)).text();
    expect(await versions()).toBe("v7\n");
    await expect(versions()).rejects.toThrow("fetch failed");
    operator.setOutage(true);
    expect(await versions()).toBe("Sorry {}\n");
  });
});
