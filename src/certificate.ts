// The server's own certificate, where no proxy before it ends TLS. Files that are replaced are taken up while the server goes on.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import { ConfigMistake, type TlsFiles } from "./config.ts";
import type { Certificate } from "./http/server.ts";

/** So often it is looked whether the files were replaced. */
const LOOK_MS = 5_000;

/** Throws ConfigMistake where they cannot be read, or do not belong together. */
export async function readCertificate({ certFile, keyFile }: TlsFiles): Promise<Certificate> {
  const cert = await readPem("SLIPWAY_TLS_CERT", certFile);
  const key = await readPem("SLIPWAY_TLS_KEY", keyFile);
  try {
    createSecureContext({ cert, key });
    // Of two kinds, such as RSA and elliptic curves, the context above takes one each.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Mismatch();
  } catch (error) {
    throw new ConfigMistake(...mistakeOf(error, { certFile, keyFile }));
  }
  return { cert, key };
}

async function readPem(variable: "SLIPWAY_TLS_CERT" | "SLIPWAY_TLS_KEY", path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigMistake(variable, `leads to ${path}, which cannot be read (${codeOf(error)})`);
  }
}

class Mismatch extends Error {
  override readonly name = "Mismatch";
}

function mistakeOf(error: unknown, { certFile, keyFile }: TlsFiles): [variable: string, problem: string] {
  const code = codeOf(error);
  if (error instanceof Mismatch || code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") {
    return ["SLIPWAY_TLS_KEY", `leads to ${keyFile}, which is not the key of the certificate in ${certFile}`];
  }
  if (/TOO_SMALL|TOO_WEAK/.test(code))
    return ["SLIPWAY_TLS_CERT", `leads to ${certFile}, whose key is too weak (${code})`];
  const isKey = error instanceof Error && /key|passphrase|decoder/i.test(`${code} ${error.message}`);
  return isKey
    ? ["SLIPWAY_TLS_KEY", `leads to ${keyFile}, which holds no private key in PEM without a passphrase`]
    : ["SLIPWAY_TLS_CERT", `leads to ${certFile}, which holds no certificate in PEM`];
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** What should be known of it; null: nothing speaks against it. */
export function certificateWarning({ cert }: Certificate, now: number): string | null {
  const { validFromDate: from, validToDate: to } = new X509Certificate(cert);
  if (now >= to.getTime()) return `the server's certificate ended on ${to.toISOString()}: nobody trusts it any more`;
  if (now < from.getTime()) return `the server's certificate begins on ${from.toISOString()}: nobody trusts it yet`;
  return null;
}

interface Renewing {
  readonly files: TlsFiles;
  readonly take: (certificate: Certificate) => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Until the signal. What cannot be used is told once, and the one before it stays. */
export async function renewCertificate(now: Certificate, { files, take, say, signal }: Renewing): Promise<void> {
  let last = now;
  let told: string | null = null;
  for (;;) {
    await sleep(LOOK_MS, null, { signal, ref: false }).catch(() => null);
    if (signal.aborted) return;
    try {
      const next = await readCertificate(files);
      told = null;
      if (next.cert === last.cert && next.key === last.key) continue;
      take(next);
      last = next;
      const warning = certificateWarning(next, Date.now());
      say(`the server's certificate was replaced, and is used from now on${warning === null ? "" : `: ${warning}`}`);
    } catch (error) {
      if (!(error instanceof ConfigMistake)) throw error;
      if (told !== error.message) say(`${error.message}; the certificate from before stays in use`);
      told = error.message;
    }
  }
}
