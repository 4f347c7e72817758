// Every refusal of the datacentre as each service would put it, faults on the wire, and what there is to choose from.

import { expect, test } from "vitest";
import { CLOUD_ERRORS, type CloudErrorCode } from "../../cloud-api.ts";
import { readErrorCode } from "../../fault.ts";
import { LOST, toldOf } from "../faces.testsuite.ts";
import { flavorId, uuidOf } from "./names.ts";
import { NOVA, openstackStages, orderOf } from "./openstack.testsuite.ts";

const opened = openstackStages();

const SAID: Readonly<Record<CloudErrorCode, string>> = {
  insufficient_capacity: "500 computeFault",
  quota_exceeded: "403 forbidden",
  quota_zero: "403 forbidden",
  throttled: "429 overLimit",
  wrong_key: "401 error",
  session_expired: "401 error",
  forbidden: "403 forbidden",
  account_suspended: "401 error",
  invalid_request: "400 badRequest",
  invalid_name: "400 badRequest",
  invalid_realm: "400 badRequest",
  invalid_size: "400 badRequest",
  invalid_user_data: "400 badRequest",
  image_not_found: "400 badRequest",
  invalid_reference: "400 badRequest",
  price_too_low: "400 badRequest",
  no_free_address: "400 badRequest",
  realm_down: "400 badRequest",
  internal_error: "500 computeFault",
  unavailable: "503 page",
  name_taken: "409 conflictingRequest",
  token_mismatch: "409 conflictingRequest",
  token_spent: "409 conflictingRequest",
  locked: "409 conflictingRequest",
  wrong_state: "409 conflictingRequest",
  in_use: "409 conflictingRequest",
  protected: "409 conflictingRequest",
  not_found: "404 itemNotFound",
  no_route: "404 page",
  unexplained: "400 badRequest",
};

test("each refusal is a document of Nova's, of what stands before it, or a page", async () => {
  const { ask, operator } = await opened();
  const told: Record<string, string> = {};
  for (const name of Object.keys(CLOUD_ERRORS)) {
    operator.addFaults([{ on: "create", do: { kind: "refuse", code: readErrorCode(name, "code") } }]);
    const { status, json, text } = await ask(`${NOVA}/servers`, { body: orderOf("db") });
    const [kind = text.startsWith("<html>") ? "page" : text] = Object.keys(Object(json));
    told[name] = `${status} ${kind}`;
  }
  expect(told).toEqual(SAID);
});

test("a script has any status and text, and a throttle says for how long", async () => {
  const { ask, operator } = await opened();
  operator.addFaults([
    { on: "create", do: { kind: "refuse", code: "unexplained", message: "413 Quota exceeded, too many servers" } },
    { on: "create", do: { kind: "refuse", code: "throttled", retryAfterMs: 6_500 } },
  ]);
  const scripted = await ask(`${NOVA}/servers`, { body: orderOf("db") });
  expect(scripted.json).toEqual({ overLimit: { code: 413, message: "Quota exceeded, too many servers" } });
  expect((await ask(`${NOVA}/servers`, { body: orderOf("db") })).headers.get("retry-after")).toBe("7");
});

test("lost requests and answers, errors although it was done, answers by script", async () => {
  const { ask, operator, datacentre } = await opened();
  operator.addFaults([
    ...LOST,
    { on: "create", do: { kind: "error_but_done", code: "internal_error" } },
    { on: "create", do: { kind: "raw_answer", status: 504, body: "<html>gateway</html>", isDone: true } },
  ]);
  const create = async (nth: number): Promise<string> => {
    const { status } = await ask(`${NOVA}/servers`, { body: orderOf(`db-${nth}`) });
    return String(status);
  };
  const told = await toldOf(create, { datacentre, times: 6 });
  expect(told).toEqual([
    "TypeError: fetch failed, 0 alive",
    "TypeError: fetch failed, 1 alive",
    "TypeError: terminated, 2 alive",
    "500, 3 alive",
    "504, 4 alive",
    "202, 5 alive",
  ]);
});

test("a list that would not be whole is refused", async () => {
  const { ask, operator, add } = await opened();
  await add("db");
  operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["az1"] } }]);
  expect((await ask(`${NOVA}/servers/detail`)).status).toBe(500);
});

test("flavors, limits, images, networks, groups and ports", async () => {
  const { ask, add } = await opened();
  const id = await add("db");
  const told = async (path: string) => Object((await ask(path)).json);
  const { flavors } = await told(`${NOVA}/flavors/detail?limit=1`);
  expect(flavors).toMatchObject([{ id: flavorId("m1.tiny"), name: "m1.tiny", vcpus: 1, ram: 512, disk: 10 }]);
  expect(await told(`${NOVA}/flavors/${flavorId("m1.tiny")}/os-extra_specs`)).toEqual({ extra_specs: {} });
  expect((await ask(`${NOVA}/flavors/x`)).json).toMatchObject({
    itemNotFound: { message: "Flavor x could not be found." },
  });
  expect((await told(`${NOVA}/limits`)).limits.absolute).toMatchObject({
    maxTotalInstances: 20,
    totalInstancesUsed: 1,
  });
  const { images } = await told("/image/v2/images?os_distro=debian&limit=1");
  expect(images).toMatchObject([{ id: uuidOf("image", "postgres-16"), status: "active", os_version: "12" }]);
  expect((await told(`/image/v2/images/${uuidOf("image", "nginx-1")}`)).name).toBe("nginx-1");
  expect((await ask("/image/v2/images/x")).text).toContain("No image found with ID x");
  const { networks } = await told("/network/v2.0/networks?name=backend&fields=id&fields=name");
  expect(networks).toEqual([{ id: uuidOf("network", "backend"), name: "backend" }]);
  expect((await told("/network/v2.0/security-groups")).security_groups).toHaveLength(2);
  expect((await told(`/network/v2.0/ports?device_id=${id}`)).ports).toMatchObject([
    { device_id: id, status: "ACTIVE" },
  ]);
  expect((await told("/network/v2.0/quotas/x/details.json")).quota.port).toEqual({ limit: 100, used: 1, reserved: 0 });
  expect((await told("/network/v2.0/quotas/x")).quota.port).toBe(100);
});

test("key pairs are brought, told, and taken away again", async () => {
  const { ask } = await opened({ tenants: [{ name: "demo", key: "demo-password", quota: { keys: 1 } }] });
  const path = `${NOVA}/os-keypairs`;
  const bring = (name: string, text: string) => ask(path, { body: { keypair: { name, public_key: text } } });
  expect((await bring("k", "nonsense")).status).toBe(400);
  expect((await bring("k", `ssh-ed25519 ${"A".repeat(68)}`)).status).toBe(201);
  expect((await bring("k2", `ssh-ed25519 ${"A".repeat(68)}`)).json).toMatchObject({
    forbidden: { message: "Quota exceeded, too many key pairs." },
  });
  expect((await ask(path)).json).toMatchObject({ keypairs: [{ keypair: { name: "k", type: "ssh" } }] });
  expect((await ask(`${path}/k`)).status).toBe(200);
  expect((await ask(`${path}/k`, { method: "DELETE" })).status).toBe(204);
  expect((await ask(`${path}/k`, { method: "DELETE" })).status).toBe(404);
});
