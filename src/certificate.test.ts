import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { certificateWarning, readCertificate } from "./certificate.ts";
import { ELSEWHERE, EXPIRED, LOCAL } from "./cloud-http/certificates.samples.ts";

async function filesOf(given: { readonly cert: string; readonly key: string }) {
  const folder = await mkdtemp(join(tmpdir(), "slipway-certificate-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  await writeFile(files.certFile, given.cert);
  await writeFile(files.keyFile, given.key);
  return files;
}

test("a certificate and its key are read", async () => {
  expect(await readCertificate(await filesOf(LOCAL))).toEqual(LOCAL);
});

test("a key of another certificate is none of this one, of whatever kind it is", async () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
  for (const key of [ELSEWHERE.key, String(rsa)]) {
    const read = readCertificate(await filesOf({ cert: LOCAL.cert, key }));
    await expect(read).rejects.toThrow(/^SLIPWAY_TLS_KEY leads to .*, which is not the key of the certificate in/);
  }
});

test("a file that is not there is named", async () => {
  const files = { ...(await filesOf(LOCAL)), keyFile: "/nowhere/key.pem" };
  await expect(readCertificate(files)).rejects.toThrow(
    "SLIPWAY_TLS_KEY leads to /nowhere/key.pem, which cannot be read (ENOENT)",
  );
});

test("one that has ended, or has not begun, is told", () => {
  const at = Date.parse("2026-01-01");
  expect(certificateWarning(LOCAL, at)).toBeNull();
  expect(certificateWarning(EXPIRED, at)).toContain("ended on 2020-01-02");
  expect(certificateWarning(LOCAL, 0)).toContain("begins on 2020-01-01");
});
