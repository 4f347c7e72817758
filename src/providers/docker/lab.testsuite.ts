// How the engine of scripts/ci/with-docker.sh is reached besides its socket: over TLS, and over ssh.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Lab = z.object({ folder: z.string(), tlsPort: z.number(), sshPort: z.number() });

function readLab(): z.output<typeof Lab> {
  const path = process.env["SLIPWAY_TEST_DOCKER"];
  if (path === undefined) throw new Error("run it by scripts/ci/with-docker.sh, which sets SLIPWAY_TEST_DOCKER");
  return Lab.parse(JSON.parse(readFileSync(path, "utf8")));
}

export const LAB = readLab();

/** A file of the engine's: of `pki/`, PEM; of `ssh/`, keys and known hosts. */
export const pathIn = (...path: readonly string[]): string => join(LAB.folder, ...path);
export const fileIn = (...path: readonly string[]): string => readFileSync(pathIn(...path), "utf8");

export interface Way {
  readonly settings: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
}

export const overTls = (): Way => ({
  settings: {
    endpoint: `https://127.0.0.1:${LAB.tlsPort}`,
    ca: fileIn("pki", "authority.pem"),
    cert: fileIn("pki", "client.pem"),
  },
  credentials: { key: fileIn("pki", "client.key") },
});

export const overSsh = (): Way => ({
  settings: {
    endpoint: `ssh://root@127.0.0.1:${LAB.sshPort}${LAB.folder}/docker.sock`,
    keyFile: pathIn("ssh", "client"),
    knownHosts: pathIn("ssh", "known"),
  },
  credentials: {},
});
