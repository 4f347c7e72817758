// One account's client of EC2. Nothing is sent twice: a full zone answers with a 5xx, which the SDK would repeat, and when anything is asked
// again is the engine's to decide. The SDK is loaded when it is first needed, since that takes a second and 100 MB.

import type { EC2 } from "@aws-sdk/client-ec2";
import { ProviderFault } from "../../ports/provider.ts";
import type { Settings } from "./account.ts";
import { accountFault, callFault } from "./faults.ts";
import { openWire } from "./wire.ts";

interface Options {
  readonly abortSignal: AbortSignal;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export interface Session extends AsyncDisposable {
  readonly ask: <T>(act: (client: EC2, options: Options) => Promise<T>, signal: AbortSignal) => Promise<T>;
}

export function openSession(settings: Settings): Session {
  let opened: Promise<EC2> | null = null;
  return {
    async ask(act, signal) {
      signal.throwIfAborted();
      opened ??= openClient(settings);
      const client = await opened;
      if (settings.keys === null) await haveKeys(client, signal);
      try {
        return await act(client, { abortSignal: signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error instanceof ProviderFault ? error : callFault(error);
      }
    },
    async [Symbol.asyncDispose]() {
      if (opened !== null) (await opened).destroy();
    },
  };
}

async function openClient(settings: Settings): Promise<EC2> {
  const { EC2: Client } = await import("@aws-sdk/client-ec2");
  const { region, keys, endpoint } = settings;
  return new Client({
    region,
    maxAttempts: 1,
    // Not the one that the environment may ask for, which waits by itself.
    retryMode: "standard",
    requestHandler: openWire(settings),
    ...(keys === null ? {} : { credentials: { ...keys } }),
    ...(endpoint === null ? {} : { endpoint: endpoint.href.replace(/\/+$/, "") }),
  });
}

/** Nothing was asked of EC2 yet: files, environment and the machine's own role are looked through. */
async function haveKeys(client: EC2, signal: AbortSignal): Promise<void> {
  try {
    await until(client.config.credentials(), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw accountFault(
      { class: "auth", code: "no_credentials" },
      "the AWS SDK found no usable credentials in environment, shared files or role of this machine; give accessKeyId and secretAccessKey",
      error,
    );
  }
}

function until<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
