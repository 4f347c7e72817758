// Every refusal of the datacentre as the engine would put it, and faults on the wire.

import { expect, test } from "vitest";
import { CLOUD_ERRORS, type CloudErrorCode } from "../../cloud-api.ts";
import { readErrorCode } from "../../fault.ts";
import { LOST, toldOf } from "../faces.testsuite.ts";
import { ovirtStages } from "./ovirt.testsuite.ts";

const opened = ovirtStages();
const ORDER = { name: "db", cluster: { name: "roomy" }, template: { name: "debian-12" } };

/** `page`: of the server in front; `fault`: of the engine; `nothing`: an empty body. */
const SAID: Readonly<Record<CloudErrorCode, string>> = {
  insufficient_capacity: "409 fault",
  quota_exceeded: "409 fault",
  quota_zero: "409 fault",
  throttled: "503 page",
  wrong_key: "401 page",
  session_expired: "401 page",
  forbidden: "403 fault",
  account_suspended: "401 page",
  invalid_request: "400 fault",
  invalid_name: "400 fault",
  invalid_realm: "404 fault",
  invalid_size: "400 fault",
  invalid_user_data: "400 fault",
  image_not_found: "404 fault",
  invalid_reference: "404 fault",
  price_too_low: "400 fault",
  no_free_address: "409 fault",
  realm_down: "400 fault",
  internal_error: "500 fault",
  unavailable: "503 page",
  name_taken: "409 fault",
  token_mismatch: "409 fault",
  token_spent: "409 fault",
  locked: "409 fault",
  wrong_state: "409 fault",
  in_use: "409 fault",
  protected: "409 fault",
  not_found: "404 nothing",
  no_route: "404 nothing",
  unexplained: "400 fault",
};

test("each refusal is a fault, a page, or nothing", async () => {
  const { ask, operator } = await opened();
  const told: Record<string, string> = {};
  for (const name of Object.keys(CLOUD_ERRORS)) {
    operator.addFaults([{ on: "create", do: { kind: "refuse", code: readErrorCode(name, "code") } }]);
    const { status, json, text, headers } = await ask("/vms", { body: ORDER });
    const isFault = Object(json).reason === "Operation Failed" && Object(json).detail !== "";
    const kind = isFault ? "fault" : text === "" ? "nothing" : text.startsWith("<html>") ? "page" : text;
    // Only what the engine itself says carries it.
    expect(headers.get("correlation-id") === null).toBe(kind === "page");
    told[name] = `${status} ${kind}`;
  }
  expect(told).toEqual(SAID);
});

test("lost requests and answers, errors although it was done, answers by script", async () => {
  const { ask, operator, datacentre } = await opened();
  operator.addFaults([
    ...LOST,
    { on: "create", do: { kind: "error_but_done" } },
    { on: "create", do: { kind: "error_but_done", code: "internal_error" } },
    { on: "create", do: { kind: "raw_answer", status: 504, body: "<html>gateway</html>", isDone: true } },
  ]);
  const create = async (nth: number): Promise<string> => {
    const { status } = await ask("/vms", { body: { ...ORDER, name: `db-${nth}` } });
    return String(status);
  };
  const told = await toldOf(create, { datacentre, times: 7 });
  expect(told).toEqual([
    "TypeError: fetch failed, 0 alive",
    "TypeError: fetch failed, 1 alive",
    "TypeError: terminated, 2 alive",
    "503, 3 alive",
    "500, 4 alive",
    "504, 5 alive",
    "202, 6 alive",
  ]);
});

test("a script finds the cluster of a VM by its id and by its name", async () => {
  const { ask, operator } = await opened();
  operator.addFaults([
    { on: "create", when: { realm: "roomy" }, times: "always", do: { kind: "refuse", code: "internal_error" } },
  ]);
  const [roomy, small] = Object((await ask("/clusters")).json).cluster;
  expect((await ask("/vms", { body: ORDER })).status).toBe(500);
  expect((await ask("/vms", { body: { ...ORDER, cluster: { id: roomy.id } } })).status).toBe(500);
  expect((await ask("/vms", { body: { ...ORDER, cluster: { id: small.id } } })).status).toBe(202);
});

test("other versions, and paths that there are not", async () => {
  const { ask, url } = await opened();
  expect((await ask("/v4/clusters")).status).toBe(200);
  expect((await ask("/clusters;max=1")).status).toBe(200);
  expect((await ask("/clusters", { headers: { version: "3" } })).status).toBe(400);
  const nowhere = await ask("/spaceships");
  expect([nowhere.status, nowhere.text]).toEqual([404, ""]);
  const odd = await ask("/vms/%zz");
  expect([odd.status, Object(odd.json).reason]).toEqual([400, "Request syntactically incorrect."]);
  expect((await fetch(`${url}/somewhere`)).status).toBe(404);
});
