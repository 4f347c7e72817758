// A small engine at the wire, which answers as its script says, with bodies recorded from a real one.

import type { IncomingMessage } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import recorded from "./recorded.json" with { type: "json" };
import { bodyIn, type Exchange as Scripted, playScript } from "../../cloud-http/replay.samples.ts";
import { readForm } from "../../ports/account-form.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import { FORM } from "./form.ts";

/** What a request was, for answers that depend on it. */
export interface Asked {
  readonly path: string;
  /** Of the API, as the path has it; null where it has none. */
  readonly version: string | null;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Of the last create. */
  readonly name: string;
  readonly labels: unknown;
}

export type Exchange = Scripted<Asked>;

export interface EngineReplay extends AsyncDisposable {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  /** Resolves when a request has come whose exchange hangs. */
  readonly hanging: Promise<void>;
}

const VERSION_PART = /^\/v([0-9.]+)(?=\/)/;

export const VERSION: Exchange = { on: "GET /version", body: recorded.version };

/** A refusal in the engine's form. */
export function refusal(on: string, status: number, message: string): Exchange {
  return { on, status, body: { message } };
}

/** A recorded container under the name and labels of the last create. */
export function asCreated(container: {
  readonly State: object;
  readonly Config: object;
}): NonNullable<Exchange["answer"]> {
  return ({ name, labels }) => ({ ...container, Name: `/${name}`, Config: { ...container.Config, Labels: labels } });
}

export async function openReplay(script: readonly Exchange[]): Promise<EngineReplay> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-engine-"));
  const path = join(folder, "docker.sock");
  const replay = await playScript(script, { listen: { path }, read: readAsked });
  return {
    endpoint: `unix://${path}`,
    asked: replay.asked,
    hanging: replay.hanging,
    async [Symbol.asyncDispose]() {
      await replay[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readAsked(request: IncomingMessage, before: Asked | undefined): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://docker");
  const body = await bodyIn(request);
  const labels = typeof body === "object" && body !== null && "Labels" in body ? body.Labels : before?.labels;
  return {
    path: url.pathname.replace(VERSION_PART, ""),
    version: VERSION_PART.exec(url.pathname)?.[1] ?? null,
    query: url.searchParams,
    body,
    name: url.searchParams.get("name") ?? before?.name ?? "",
    labels,
  };
}

type Given = Readonly<Record<string, unknown>>;

/** Of an account with these fields. */
export function endpointOf(settings: Given, credentials: Given = {}): Endpoint {
  return parseEndpoint(readForm(FORM, { settings, credentials }));
}
