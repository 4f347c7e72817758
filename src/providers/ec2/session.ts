// One account's clients: of EC2, and of the two services that know what EC2 does not tell. Nothing is sent twice: a full zone answers with a
// 5xx, which the SDK would repeat, and when anything is asked again is the engine's to decide. Each client is loaded when it is first
// needed, since that of EC2 takes a second and 100 MB.

import type { EC2 } from "@aws-sdk/client-ec2";
import type { ServiceQuotas } from "@aws-sdk/client-service-quotas";
import type { SSM } from "@aws-sdk/client-ssm";
import { codeOf } from "../../cloud-http/faults.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Settings } from "./account.ts";
import { accountFault, callFault } from "./faults.ts";
import { openWire } from "./wire.ts";

interface Options {
  readonly abortSignal: AbortSignal;
}

/** Rejects with a ProviderFault or the signal's reason. */
type Ask<Client> = <T>(act: (client: Client, options: Options) => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface Session extends AsyncDisposable {
  readonly ask: Ask<EC2>;
  /** Null where the account's EC2 is at an address of its own, and Service Quotas' is not told. */
  readonly askQuotas: Ask<ServiceQuotas> | null;
  /** The same of Systems Manager's parameters. */
  readonly askParameters: Ask<SSM> | null;
}

interface Client {
  readonly config: { readonly credentials: () => Promise<unknown> };
  destroy(): void;
}

/** What all clients of an account have in common. */
type Common = ReturnType<typeof commonOf>;

export function openSession(settings: Settings): Session {
  const { endpoints } = settings;
  const opened: Promise<Client>[] = [];
  const asking = <C extends Client>(at: URL | null, open: (common: Common) => Promise<C>): Ask<C> => {
    let client: Promise<C> | null = null;
    const opening = (): Promise<C> => {
      const one = open(commonOf(settings, at));
      opened.push(one);
      return one;
    };
    return async (act, signal) => {
      signal.throwIfAborted();
      // What could not be opened is tried anew by the next one.
      client ??= opening().catch((error: unknown) => {
        client = null;
        throw error;
      });
      return askWith(await client, { act, hasKeys: settings.keys !== null }, signal);
    };
  };
  const isElsewhere = endpoints.ec2 !== null;
  return {
    ask: asking(endpoints.ec2, async (common) => {
      const { EC2: Opened } = await whereInstalled(import("@aws-sdk/client-ec2"));
      return new Opened(common);
    }),
    askQuotas:
      isElsewhere && endpoints.quotas === null
        ? null
        : asking(endpoints.quotas, async (common) => {
            const { ServiceQuotas: Opened } = await whereInstalled(import("@aws-sdk/client-service-quotas"));
            return new Opened(common);
          }),
    askParameters:
      isElsewhere && endpoints.parameters === null
        ? null
        : asking(endpoints.parameters, async (common) => {
            const { SSM: Opened } = await whereInstalled(import("@aws-sdk/client-ssm"));
            return new Opened(common);
          }),
    async [Symbol.asyncDispose]() {
      for (const client of await Promise.allSettled(opened)) if (client.status === "fulfilled") client.value.destroy();
    },
  };
}

/** The package of Slipway does not bring it along: 40 MB that nobody without an account at EC2 needs. */
async function whereInstalled<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    throw accountFault({ class: "config", code: "sdk_missing" }, SDK_MISSING, error);
  }
}

const SDK_MISSING =
  "Amazon's SDK is not installed beside Slipway: npm install " +
  "@aws-sdk/client-ec2 @aws-sdk/client-service-quotas @aws-sdk/client-ssm there, then start the server and its workers again";

function commonOf(settings: Settings, at: URL | null) {
  const { region, keys, trust } = settings;
  return {
    region,
    maxAttempts: 1,
    // Not the one that the environment may ask for, which waits by itself.
    retryMode: "standard",
    requestHandler: openWire({ trust, region, endpoint: at }),
    ...(keys === null ? {} : { credentials: { ...keys } }),
    ...(at === null ? {} : { endpoint: at.href.replace(/\/+$/, "") }),
  };
}

interface Asked<C, T> {
  readonly act: (client: C, options: Options) => Promise<T>;
  readonly hasKeys: boolean;
}

async function askWith<C extends Client, T>(client: C, { act, hasKeys }: Asked<C, T>, signal: AbortSignal): Promise<T> {
  if (!hasKeys) await haveKeys(client, signal);
  try {
    return await act(client, { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProviderFault ? error : callFault(error);
  }
}

/** Nothing was asked of AWS yet: files, environment and the machine's own role are looked through. */
async function haveKeys(client: Client, signal: AbortSignal): Promise<void> {
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
