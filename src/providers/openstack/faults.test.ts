import { expect, test } from "vitest";
import type { Fault } from "../../core/fault.ts";
import { refusalFault } from "./faults.ts";
import { readRefusal } from "./refusal.ts";

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

function faultOf(status: number, body: string): Fault {
  const refusal = readRefusal({ status, statusText: "Refused", body: Buffer.from(body) });
  return refusalFault(refusal, { retryAfterMs: null, requestId: "req-1" });
}

const nova = (kind: string, code: number, message: string): string => JSON.stringify({ [kind]: { code, message } });
const neutron = (type: string, message: string): string =>
  JSON.stringify({ NeutronError: { type, message, detail: "" } });
const page = (title: string, sentence: string): string =>
  `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${sentence}<br /><br />\n\n\n\n </body>\n</html>`;

/** Bodies as the services send them, with what they mean. */
const REFUSALS: readonly (readonly [number, string, string, string])[] = [
  // Quota comes with a 403, and is no missing permission.
  [
    403,
    nova("forbidden", 403, "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances"),
    "quota_exceeded",
    "quota account none",
  ],
  [
    403,
    nova(
      "forbidden",
      403,
      "Quota exceeded for cores, ram: Requested 8, 16384, but already used 396, 1014000 of 400, 1024000 cores, ram",
    ),
    "quota_exceeded",
    "quota account none",
  ],
  [403, nova("forbidden", 403, "Maximum number of ports exceeded"), "too_many", "quota account none"],
  [403, nova("forbidden", 403, "Quota exceeded, too many servers in group"), "quota_exceeded", "quota account none"],
  [403, nova("forbidden", 403, "Quota exceeded, too many key pairs."), "quota_exceeded", "quota account none"],
  [403, nova("forbidden", 403, "Quota exceeded, too many servers in group"), "quota_exceeded", "quota account none"],
  [
    404,
    nova("itemNotFound", 404, "Keypair sw-a_suite_f6fa not found for user 2e4b5e6d"),
    "key_missing",
    "not_found account none",
  ],
  [
    400,
    nova("badRequest", 400, "Keypair data is invalid: failed to generate fingerprint"),
    "key_refused",
    "config account none",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Key pair 'sw-a_suite_f6fa' already exists."),
    "name_taken",
    "conflict account unknown",
  ],
  [409, neutron("OverQuota", "Quota exceeded for resources: ['port']."), "quota_exceeded", "quota account none"],
  [
    413,
    nova("overLimit", 413, "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'."),
    "too_many",
    "quota account none",
  ],
  [
    404,
    nova("itemNotFound", 404, "Volume a26887c6-c47b-4654-abb5-dfadf7d3f803 could not be found."),
    "volume_missing",
    "not_found account none",
  ],
  [
    400,
    nova(
      "badRequest",
      400,
      "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
    ),
    "volume_busy",
    "conflict account none",
  ],
  [
    401,
    JSON.stringify({
      error: { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." },
    }),
    "not_authorized",
    "auth account none",
  ],
  [
    403,
    nova("forbidden", 403, "Policy doesn't allow os_compute_api:servers:create to be performed."),
    "not_allowed",
    "auth account none",
  ],
  [
    403,
    JSON.stringify({
      error: {
        code: 403,
        title: "Forbidden",
        message: "You are not authorized to perform the requested action: identity:list_projects.",
      },
    }),
    "not_allowed",
    "auth account none",
  ],
  [403, neutron("PolicyNotAuthorized", "rule:create_port is disallowed by policy"), "not_allowed", "auth account none"],
  [
    403,
    nova(
      "forbidden",
      403,
      "It is not allowed to create an interface on external network 083cafda-2149-4011-b03a-5739bc1c952a",
    ),
    "network_external",
    "config account none",
  ],
  [
    403,
    nova("forbidden", 403, "Only volume-backed servers are allowed for flavors with zero disk."),
    "volume_needed",
    "config offer none",
  ],
  [413, nova("overLimit", 413, "This request was rate-limited."), "rate_limited", "throttle account none"],
  [429, nova("overLimit", 429, "Too many requests, quota of calls exceeded"), "rate_limited", "throttle account none"],
  [
    429,
    JSON.stringify({ labFault: { code: 429, message: "injected by faults.json" } }),
    "rate_limited",
    "throttle account none",
  ],
  [
    500,
    nova(
      "computeFault",
      500,
      "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.\n<class 'oslo_messaging.exceptions.MessagingTimeout'>",
    ),
    "unavailable",
    "transient account unknown",
  ],
  [
    500,
    nova("computeFault", 500, "Quota exceeded while the cell was asked"),
    "unavailable",
    "transient account unknown",
  ],
  [
    502,
    page("502 Bad Gateway", "The proxy server received an invalid response"),
    "unavailable",
    "transient account unknown",
  ],
  [
    503,
    page("503 Service Unavailable", "No server is available to handle this request."),
    "unavailable",
    "transient account unknown",
  ],
  [
    504,
    JSON.stringify({ labFault: { code: 504, message: "injected by faults.json" } }),
    "unavailable",
    "transient account unknown",
  ],
  // A failure inside of Nova, told as a wrong request.
  [
    400,
    nova("badRequest", 400, "MessagingTimeout: Timed out waiting for a reply to message ID 4f0d3c"),
    "failed_inside",
    "transient account unknown",
  ],
  [
    400,
    nova("badRequest", 400, "DBConnectionError: (pymysql.err.OperationalError) (2013, 'Lost connection')"),
    "failed_inside",
    "transient account unknown",
  ],
  [
    400,
    nova("badRequest", 400, "NoValidHost_Remote: No valid host was found."),
    "failed_inside",
    "transient account unknown",
  ],
  [400, nova("badRequest", 400, "Can not find requested image"), "image_missing", "config realm none"],
  [
    400,
    nova("badRequest", 400, "Image 6c4dc0bf-aac2-47f5-b115-3e0f53e51f90 could not be found."),
    "image_missing",
    "config realm none",
  ],
  [
    400,
    nova("badRequest", 400, "Image 6c4dc0bf-aac2-47f5-b115-3e0f53e51f90 is not active."),
    "image_missing",
    "config realm none",
  ],
  [400, nova("badRequest", 400, "Flavor nope could not be found."), "flavor_missing", "config offer none"],
  [
    400,
    nova(
      "badRequest",
      400,
      "Flavor's disk is too small for requested image. Flavor disk is 1073741824 bytes, image is 2147483648 bytes.",
    ),
    "image_too_large",
    "config offer none",
  ],
  [
    400,
    nova("badRequest", 400, "Flavor's memory is too small for requested image."),
    "image_too_large",
    "config offer none",
  ],
  [400, nova("badRequest", 400, "Invalid key_name provided."), "key_pair_missing", "config account none"],
  [
    400,
    nova("badRequest", 400, "Security group nope not found for project f6fa7efc882a49819c39d7bf9c2994ef."),
    "security_group_missing",
    "config account none",
  ],
  [
    400,
    nova("badRequest", 400, "Unable to find security_group with name or id 'nope'"),
    "security_group_missing",
    "config account none",
  ],
  [
    400,
    nova("badRequest", 400, "Network 083cafda-2149-4011-b03a-5739bc1c9520 could not be found."),
    "network_missing",
    "config account none",
  ],
  [
    400,
    nova("badRequest", 400, "Unable to automatically allocate a network for project f6fa7efc882a49819c39d7bf9c2994ef"),
    "network_missing",
    "config account none",
  ],
  [
    400,
    nova("badRequest", 400, "The requested availability zone is not available"),
    "zone_unavailable",
    "capacity realm none",
  ],
  [400, nova("badRequest", 400, "User data needs to be valid base 64."), "user_data", "config deployment none"],
  [
    400,
    nova("badRequest", 400, "Invalid input for field/attribute user_data. Value: IyEv. 'IyEv' is too long"),
    "user_data",
    "config deployment none",
  ],
  [
    400,
    nova("badRequest", 400, "No more IP addresses available on network 083cafda-2149-4011-b03a-5739bc1c952a."),
    "no_fixed_address",
    "capacity account none",
  ],
  [
    409,
    neutron(
      "IpAddressGenerationFailure",
      "No more IP addresses available on network 083cafda-2149-4011-b03a-5739bc1c952a.",
    ),
    "no_fixed_address",
    "capacity account none",
  ],
  [
    400,
    neutron("ExternalIpAddressExhausted", "Unable to find any IP address on external network 7b4fc51d."),
    "no_fixed_address",
    "capacity account none",
  ],
  [
    404,
    neutron(
      "ExternalGatewayForFloatingIPNotFound",
      "External network 7b4fc51d is not reachable from subnet 27860cfd.  Therefore, cannot associate Port d7504615 with a Floating IP.",
    ),
    "not_reachable",
    "config account none",
  ],
  [
    400,
    nova("badRequest", 400, "marker [6c4dc0bf-aac2-47f5-b115-3e0f53e51f90] not found"),
    "page_gone",
    "transient account none",
  ],
  [
    400,
    nova("badRequest", 400, "Invalid input for field/attribute name. Value: . '' is too short"),
    "refused",
    "config deployment none",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Multiple possible networks found, use a Network ID to be more specific."),
    "network_ambiguous",
    "config account none",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Multiple security groups found matching 'web'. Use an ID to be more specific."),
    "no_unique_match",
    "config account none",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Port d7504615-e810-4809-b97a-0a817bc75d10 is still in use."),
    "port_in_use",
    "conflict account none",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Instance sw-shop-a1-web-t1 already exists."),
    "name_taken",
    "conflict account unknown",
  ],
  [
    409,
    nova("conflictingRequest", 409, "Cannot 'start' instance 4d6ef1b1 while it is in vm_state active"),
    "conflict",
    "conflict account none",
  ],
  // Only Nova's own sentence of this very thing proves that a server is not there.
  [
    404,
    nova("itemNotFound", 404, "Instance 4d6ef1b1-c927-4380-bb1e-b9ea37073678 could not be found."),
    "server_missing",
    "not_found account none",
  ],
  [
    404,
    nova("itemNotFound", 404, "Instance 4d6ef1b1-c927-4380-bb1e-b9ea37073678 has no mapping to a cell."),
    "server_missing",
    "not_found account none",
  ],
  [404, neutron("PortNotFound", "Port abc could not be found."), "port_missing", "not_found account none"],
  [404, nova("itemNotFound", 404, "The resource could not be found."), "status_404", "unknown account unknown"],
  [404, page("404 Not Found", "The resource could not be found."), "status_404", "unknown account unknown"],
  [404, "Instance 4d6ef1b1-c927-4380-bb1e-b9ea37073678 could not be found.", "status_404", "unknown account unknown"],
  [404, "", "status_404", "unknown account unknown"],
  [418, "{}", "status_418", "unknown account unknown"],
];

test.each(REFUSALS)("%s %s is %s", (...[status, body, code, expected]) => {
  const fault = faultOf(status, body);
  expect([fault.code, meaning(fault)]).toEqual([code, expected]);
  expect(fault).toMatchObject({ requestId: "req-1", text: expect.stringMatching(/\S/) });
});

test("a page of a proxy is told by its sentence, and what says nothing by its status", () => {
  expect(faultOf(503, page("503 Service Unavailable", "No server is available")).text).toBe(
    "status 503 Refused: No server is available",
  );
  expect(faultOf(503, '{"message": "Backend down", "code": "503"}').text).toBe("Backend down");
  expect(faultOf(404, '{"NeutronError": "gone"}').text).toBe("gone");
  expect(faultOf(503, "").text).toBe("status 503 Refused");
});

test("what Nova says back of user data is left out", () => {
  const message = "Invalid input for field/attribute user_data. Value: c2VjcmV0\\n. 'c2VjcmV0\\n' is too long";
  expect(faultOf(400, nova("badRequest", 400, message)).text).toBe("Invalid input for field/attribute user_data");
});

test("a limit of zero is worth an hour", () => {
  const text = "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances";
  expect(faultOf(403, nova("forbidden", 403, text))).toMatchObject({ class: "quota", retryAfterMs: 3_600_000 });
});
