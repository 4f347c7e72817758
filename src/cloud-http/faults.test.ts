import { expect, test } from "vitest";
import { isOfTheLine, lineFault } from "./faults.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`what the system says of ${code}`), { code });
}

const at = { name: "https://cloud.example", effect: "none", remedies: {} } as const;

test.each([
  ["ENOTFOUND", "transient", "host name is unknown"],
  ["EAI_AGAIN", "transient", "name service"],
  ["ECONNREFUSED", "transient", "nobody listens"],
  ["EHOSTUNREACH", "transient", "no way leads there"],
  ["ENETUNREACH", "transient", "no way leads there"],
  ["ETIMEDOUT", "transient", "what the system says of ETIMEDOUT"],
  ["ECONNRESET", "transient", "ended without an answer"],
  ["EPIPE", "transient", "ended without an answer"],
  ["EMFILE", "transient", "what the system says of EMFILE"],
  ["CERT_HAS_EXPIRED", "account", "not accepted: it has expired; whoever"],
  ["CERT_NOT_YET_VALID", "account", "not accepted: it is not valid yet; look at this machine's clock"],
  ["CERT_REVOKED", "account", "not accepted: it was revoked"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "account", "not accepted: nobody who is trusted here has signed it; give"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "account", "not accepted: nobody who is trusted"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "account", "not accepted: nobody who is trusted"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "account", "not accepted: nobody who is trusted"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "account", "not accepted: it is for another name; correct the account's address"],
  ["HOSTNAME_MISMATCH", "account", "not accepted: it is for another name; correct the account's address"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "transient", "does not speak TLS"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "transient", "does not speak TLS"],
  ["EPROTO", "transient", "does not speak TLS"],
  ["HPE_INVALID_CONSTANT", "transient", "does not speak HTTP"],
])("%s is %s", (code, kind, text) => {
  for (const effect of ["none", "unknown"] as const) {
    const { fault } = lineFault(systemError(code), { ...at, effect });
    expect(fault).toMatchObject({ class: kind, scope: "account", effect, code });
    expect(fault.text).toContain("https://cloud.example: ");
    expect(fault.text).toContain(text);
  }
});

test.each([
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
])("%s is about our certificate, and whoever says so has read no request", (code) => {
  for (const [hasCertificate, says] of [
    [false, "asks for a certificate: give the account `cert` and `key`"],
    [true, "does not take the account's certificate"],
  ] as const) {
    const { fault } = lineFault(systemError(code), { ...at, effect: "unknown", hasCertificate });
    expect(fault).toMatchObject({ class: "auth", scope: "account", effect: "none", code: "certificate_refused" });
    expect(fault.text).toContain(says);
  }
});

test("several addresses that all refuse are one refusal", () => {
  const all = new AggregateError([systemError("ECONNREFUSED"), systemError("ECONNREFUSED")]);
  expect(lineFault(all, at).fault).toMatchObject({ code: "ECONNREFUSED", effect: "none" });
  expect(isOfTheLine(all)).toBe(true);
});

test("who knows more of an error says it", () => {
  const remedies = { ENOENT: { class: "account", text: "there is no such socket" } } as const;
  const { fault } = lineFault(systemError("ENOENT"), { ...at, remedies });
  expect(fault).toMatchObject({ class: "account", text: "https://cloud.example: there is no such socket (ENOENT)" });
});

test("what a program does wrong is no error of the line", () => {
  const wrong = Object.assign(new TypeError("no number"), { code: "ERR_INVALID_ARG_TYPE" });
  expect([new Error("a bug"), new AggregateError([]), wrong].map(isOfTheLine)).toEqual([false, false, false]);
});
