// Every code, with the document as Deltacloud sends it, and what the clouds behind it say in it.

import { expect, test } from "vitest";
import { type Asked, refusalFault } from "./faults.ts";
import { readRefusal } from "./refusal.ts";
import { refusal, refusalOf } from "./cloud-replay.testsuite.ts";

const QUESTION: Asked = { kind: "question", instance: null };
const LOOK: Asked = { kind: "question", instance: "/instances/inst0" };
const CREATE: Asked = { kind: "create", instance: null };
const ACTION: Asked = { kind: "action", instance: "/instances/inst0" };

function said([status, message]: readonly [number, string], asked: Asked, url = "/api/instances/inst0") {
  const { bytes } = refusalOf(url, { on: "", status, message });
  const read = readRefusal({ status, statusText: "", body: Buffer.from(bytes ?? "") });
  const { class: kind, scope, effect, code, text } = refusalFault(read, asked, null);
  expect(text).toBe(message);
  return `${kind} ${scope} ${effect} ${code}`;
}

test.each<readonly [status: number, message: string, asked: Asked, expected: string]>([
  // Sentences of clouds, whatever the status.
  [502, "RequestLimitExceeded: Request limit exceeded.", CREATE, "throttle account none rate_limited"],
  [
    502,
    "InstanceLimitExceeded: You have requested more instances (3) than your current limit",
    CREATE,
    "quota account none quota_exceeded",
  ],
  [
    500,
    "Unhandled exception or status code (Quota exceeded for instances: Requested 1, but already used 3 of 3 instances)",
    CREATE,
    "quota account none quota_exceeded",
  ],
  [500, "ACTION_TYPE_FAILED_QUOTA_CLUSTER_LIMIT_EXCEEDED", ACTION, "quota account none quota_exceeded"],
  [502, "OptInRequired: You are not subscribed to this service.", CREATE, "account account none account_closed"],
  [
    502,
    "InsufficientInstanceCapacity: We currently do not have sufficient m1.small capacity",
    CREATE,
    "capacity offer none no_capacity",
  ],
  [
    502,
    "Cannot run VM. There are no available running Hosts with sufficient memory in VM's Cluster .",
    ACTION,
    "capacity offer none no_capacity",
  ],
  [500, "Cannot add VM. Low disk space on target Storage Domain data.", CREATE, "capacity offer none no_capacity"],
  [
    500,
    "Unhandled exception or status code (No valid host was found. )",
    CREATE,
    "capacity offer unknown no_valid_host",
  ],
  [500, "Cannot run VM. VM is locked", ACTION, "conflict account none locked"],
  [409, "VM name already in use", CREATE, "conflict account unknown name_taken"],
  [409, "SYSTEM_NAME_ALREADY_EXISTS", CREATE, "conflict account unknown name_taken"],
  // What is not there, to a create.
  [400, "Hardware profile huge not found", CREATE, "config offer none profile_missing"],
  [404, "InvalidAMIID.NotFound: The image id '[ami-1]' does not exist", CREATE, "config realm none image_missing"],
  [404, "Invalid availability zone: [us-east-9z]", CREATE, "config realm none realm_missing"],
  [400, "Invalid key_name provided.", CREATE, "config account none key_missing"],
  [400, "Parameter name must be 50 characters or less", CREATE, "config account none name_refused"],
  // Statuses.
  [400, "Bad Request", CREATE, "config deployment none refused"],
  [403, "Forbidden", CREATE, "config account none forbidden"],
  [404, "404 Resource Not Found", CREATE, "config account none not_there"],
  [405, "Method Not Allowed", CREATE, "config account none not_in_this_state"],
  [409, "Conflict", CREATE, "conflict account unknown conflict"],
  [412, "Precondition Failed", CREATE, "config account none not_offered"],
  [
    501,
    "The user_data, require the floppyinject hook installed in your RHEV-M deployment",
    CREATE,
    "config account none not_offered",
  ],
  [
    500,
    "Unhandled exception or status code (undefined method `id' for nil:NilClass)",
    CREATE,
    "transient account unknown unavailable",
  ],
  [502, "Backend Server Error", CREATE, "transient account unknown unavailable"],
  [504, "execution expired", CREATE, "transient account unknown cloud_timed_out"],
  [401, "Unauthorized", CREATE, "auth account none not_authorized"],
  [401, "No available running Hosts", CREATE, "auth account none not_authorized"],
  [403, "Forbidden", ACTION, "conflict account none absent_or_forbidden"],
  [404, "Not Found", ACTION, "not_found account none not_there"],
  [405, "Method Not Allowed", ACTION, "conflict account none not_in_this_state"],
  [400, "Bad Request", ACTION, "conflict account none refused"],
  [409, "Conflict", ACTION, "conflict account none conflict"],
  [412, "Operation already enqueued", ACTION, "conflict account none not_now"],
  [502, "Backend Server Error", ACTION, "transient account unknown unavailable"],
  [404, "Not Found", LOOK, "not_found account none not_there"],
  [404, "Not Found", QUESTION, "transient account unknown status_404"],
  [403, "Forbidden", QUESTION, "config account none forbidden"],
  [400, "Bad Request", QUESTION, "config account none refused"],
  [406, "Not Acceptable", QUESTION, "config account none no_xml"],
  [407, "Proxy Authentication Required", QUESTION, "auth account none not_authorized"],
  [412, "Precondition Failed", QUESTION, "config account none not_offered"],
  [413, "Too large", QUESTION, "throttle account none rate_limited"],
  [429, "Slow down", QUESTION, "throttle account none rate_limited"],
  [418, "I'm a teapot", QUESTION, "unknown account unknown unexplained"],
])("%i %s", (...[status, message, asked, expected]) => {
  expect(said([status, message], asked)).toBe(expected);
});

test("a 404 about another instance, or of another status than its document, is no absence", () => {
  expect(said([404, "Not Found"], LOOK, "/api/instances/inst1")).toBe("transient account unknown status_404");
  const { bytes } = refusal("", 500, "Not Found");
  const read = readRefusal({ status: 404, statusText: "", body: Buffer.from(bytes ?? "") });
  expect(refusalFault(read, LOOK, null).class).toBe("transient");
});

test("an id that had to be encoded is recognised in the address", () => {
  const asked: Asked = { kind: "question", instance: "/instances/a%20b%25" };
  expect(said([404, "Not Found"], asked, "/api/instances/a%20b%25")).toContain("not_found");
  expect(said([404, "Not Found"], asked, "/api/instances/a b%")).toContain("not_found");
});

test.each([
  ["<html><body><h1>502 Bad Gateway</h1></body></html>", "status 502 Bad Gateway"],
  ["", "status 502 Bad Gateway"],
  [
    "Required parameter [image_id] was not found",
    "status 502 Bad Gateway: Required parameter [image_id] was not found",
  ],
  ['{"secret": "of the request"}', "status 502 Bad Gateway"],
])("of a page in its place nothing but a sentence is told: %s", (text, expected) => {
  const { isDocument, message } = readRefusal({ status: 502, statusText: "Bad Gateway", body: Buffer.from(text) });
  expect({ isDocument, message }).toEqual({ isDocument: false, message: expected });
});

test("a sentence about room in a page of something else is none of a cloud's", () => {
  const read = { status: 502, isDocument: false, about: "", message: "no available running Hosts" };
  expect(refusalFault(read, CREATE, 7_000)).toMatchObject({
    class: "transient",
    effect: "unknown",
    retryAfterMs: 7_000,
  });
});
