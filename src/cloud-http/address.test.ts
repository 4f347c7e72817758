import { expect, test } from "vitest";
import { ProviderFault } from "../ports/provider.ts";
import { parseAddress, parseClientCertificate, parseTrust } from "./address.ts";
import { AUTHORITY, ELSEWHERE, LOCAL } from "./certificates.samples.ts";

const EXAMPLE = "https://cloud.example.org:5000";
const at = (text: string): URL => parseAddress(text, { field: "url", example: EXAMPLE });
const SECURE = new URL("https://cloud.example.org");

function textOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProviderFault) {
      expect(error.fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
      return error.fault.text;
    }
    throw error;
  }
  throw new Error("not refused");
}

test.each(["http://127.0.0.1:7071", "https://cloud.example.org/api/v2/", "http://[2001:db8::1]:80"])(
  "%s is an address",
  (text) => {
    expect(at(text).href).toContain(text.replace(/:80$/, ""));
  },
);

test.each(["", "cloud.example.org", "ftp://cloud.example.org", "https://", "unix:///run/cloud.sock", "file:///etc"])(
  "%s is none",
  (text) => {
    expect(textOf(() => at(text))).toBe(`url: must look like ${EXAMPLE}`);
  },
);

test.each([
  ["https://user:pa55@cloud.example.org", "user name or a password"],
  ["https://pa55@cloud.example.org", "user name or a password"],
  ["https://:pa55@cloud.example.org", "user name or a password"],
  ["https://cloud.example.org/?token=pa55", "? or #"],
  ["https://cloud.example.org/#pa55", "? or #"],
  ["https://user:pa55@", "must look like"],
])("a secret in an address is refused and not repeated: %s", (text, why) => {
  const told = textOf(() => at(text));
  expect(told).toContain(why);
  expect(told).not.toContain("pa55");
});

const NO_TRUST = { ca: null, proxy: null };
const NO_CERTIFICATE = { cert: null, key: null };

test("whom to trust is nobody in particular, unless told", () => {
  expect(parseTrust(NO_TRUST, SECURE)).toEqual({ ca: null, proxy: null });
  const proxy = new URL("http://proxy.example.org:3128");
  expect(parseTrust({ ca: AUTHORITY, proxy: proxy.href }, SECURE)).toEqual({ ca: AUTHORITY, proxy });
});

test.each<[string, Readonly<Record<string, string>>, URL | null]>([
  ["ca: must be a certificate", { ca: "ca.pem" }, SECURE],
  ["ca: is of no use here", { ca: AUTHORITY }, new URL("http://cloud.example.org")],
  ["ca: is of no use here", { ca: AUTHORITY }, null],
  ["proxy: may not hold a user name", { proxy: "http://user:pa55@proxy.example.org:3128" }, SECURE],
  ["proxy: must look like", { proxy: "https://proxy.example.org:3128" }, SECURE],
  ["proxy: must look like", { proxy: "http://proxy.example.org:3128/path" }, SECURE],
  ["proxy: is of no use here", { proxy: "http://proxy.example.org:3128" }, null],
])("%s", (told, settings, address) => {
  const text = textOf(() => parseTrust({ ...NO_TRUST, ...settings }, address));
  expect(text).toContain(told);
  expect(text).not.toContain("pa55");
});

test("a certificate to show comes with its key", () => {
  expect(parseClientCertificate(NO_CERTIFICATE)).toBeNull();
  expect(parseClientCertificate(LOCAL)).toEqual(LOCAL);
});

test.each([
  ["cert: is missing", { key: LOCAL.key }],
  ["key: is missing", { cert: LOCAL.cert }],
  ["cert: must be a certificate", { cert: LOCAL.key, key: LOCAL.key }],
  ["key: does not belong to cert", { cert: LOCAL.cert, key: ELSEWHERE.key }],
  ["key: does not belong to cert", { cert: LOCAL.cert, key: "pa55" }],
])("%s", (told, given) => {
  const text = textOf(() => parseClientCertificate({ ...NO_CERTIFICATE, ...given }));
  expect(text).toContain(told);
  expect(text).not.toContain("pa55");
});
