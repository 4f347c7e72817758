// A server with a certificate of its own.

import { mkdtempSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { AUTHORITY, ELSEWHERE, EXPIRED, LOCAL } from "../src/cloud-http/certificates.samples.ts";
import { preparedFolder } from "../src/store/pglite.samples.ts";
import { freePort, ROOT, startChild } from "./stage/child.ts";
import { slipway } from "./stage/command.ts";
import { until } from "./stage/poll.ts";

/** Files of a certificate, and what a server and its command line are told of them. */
async function stage() {
  const home = mkdtempSync(join(tmpdir(), "slipway-tls-"));
  await preparedFolder(join(home, "data"));
  const [cert, key, authority] = ["cert.pem", "key.pem", "ca.pem"].map((name) => join(home, name));
  if (cert === undefined || key === undefined || authority === undefined) throw new Error("no files");
  const put = (given: { cert: string; key: string }): void => {
    writeFileSync(cert, given.cert);
    writeFileSync(key, given.key);
  };
  put(LOCAL);
  writeFileSync(authority, AUTHORITY);
  const port = await freePort();
  const env = {
    SLIPWAY_DATA: join(home, "data"),
    SLIPWAY_CONFIG: join(home, "config.json"),
    SLIPWAY_PORT: String(port),
    SLIPWAY_TLS_CERT: cert,
    SLIPWAY_TLS_KEY: key,
    NODE_EXTRA_CA_CERTS: authority,
  };
  return { port, env, put };
}

interface Answer {
  readonly status: number | undefined;
  readonly peer: PeerCertificate;
}

/** On a connection of its own, whatever its certificate says. */
function ask(port: number, path: string): Promise<Answer> {
  const agent = new Agent({ rejectUnauthorized: false });
  const options = { port, host: "127.0.0.1", path, agent };
  return new Promise((resolve, reject) => {
    const asked = request(options, (reply) => {
      const { socket } = reply;
      if (!(socket instanceof TLSSocket)) throw new Error("this came without TLS");
      const peer = socket.getPeerCertificate();
      reply.resume().on("end", () => {
        agent.destroy();
        resolve({ status: reply.statusCode, peer });
      });
    });
    asked.on("error", reject).end();
  });
}

/** Whether the server shows this one. */
const shows = async (port: number, name: string): Promise<true | null> => {
  const answer = await ask(port, "/livez").catch(() => null);
  return answer?.peer.subject.CN === name ? true : null;
};

test("speaks https to people, programs and its own command line, and takes up a certificate that is replaced", async () => {
  const { port, env, put } = await stage();
  const server = startChild(join(ROOT, "bin/slipway"), ["serve"], env);
  onTestFinished(async () => void (await server.end("SIGKILL")));
  await until(() => shows(port, "local"), {
    deadlineMs: 60_000,
    otherwise: () => server.output(),
  });
  await until(async () => ((await ask(port, "/readyz")).status === 204 ? true : null), {
    deadlineMs: 60_000,
    otherwise: () => server.output(),
  });

  const about = await slipway(["about"], env);
  expect(about).toMatchObject({ code: 0, out: expect.stringContaining(`https://127.0.0.1:${port}`) });
  const plain = await fetch(`http://127.0.0.1:${port}/livez`).catch((error: Error) => error);
  expect(plain).toBeInstanceOf(Error);

  put({ cert: LOCAL.cert, key: ELSEWHERE.key });
  await until(() => Promise.resolve(server.output().includes("stays in use") || null), {
    deadlineMs: 30_000,
    otherwise: () => server.output(),
  });
  expect(await shows(port, "local")).toBe(true);
  put(ELSEWHERE);
  await until(() => shows(port, "elsewhere"), {
    deadlineMs: 30_000,
    otherwise: () => server.output(),
  });
  expect(await server.end("SIGTERM")).toBe(0);
});

test("files that are no certificate and its key keep it from starting, in one line", async () => {
  const { env, put } = await stage();
  const started = async (): Promise<string> => {
    const child = startChild(join(ROOT, "bin/slipway"), ["serve"], env);
    expect(await child.ended).toBe(2);
    return child.output().trim();
  };
  put({ cert: LOCAL.cert, key: ELSEWHERE.key });
  expect(await started()).toMatch(
    /^slipway: SLIPWAY_TLS_KEY leads to \S+key.pem, which is not the key of the certificate in \S+cert.pem$/,
  );
  put({ cert: "nothing", key: LOCAL.key });
  expect(await started()).toMatch(
    /^slipway: SLIPWAY_TLS_CERT leads to \S+cert.pem, which holds no certificate in PEM$/,
  );
  put({ cert: LOCAL.cert, key: "nothing" });
  expect(await started()).toMatch(/^slipway: SLIPWAY_TLS_KEY leads to \S+key.pem, which holds no private key in PEM/);
});

test("one that has ended is told at the start", async () => {
  const { env, put } = await stage();
  put(EXPIRED);
  const server = startChild(join(ROOT, "bin/slipway"), ["serve"], env);
  onTestFinished(async () => void (await server.end("SIGKILL")));
  await server.printed(/the server's certificate ended on 2020-01-02T00:00:00.000Z/);
});
