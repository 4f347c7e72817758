// A real provider of identities: oidc-provider on a port of this machine, with people whose groups the test sets, and a browser that signs in there.

import { createServer } from "node:http";
import Provider from "oidc-provider";

export const CLIENT = { id: "slipway", secret: "test-secret-of-the-client" } as const;

interface Person {
  readonly name: string;
  groups: string[];
}

export interface IdentityStage extends AsyncDisposable {
  readonly issuer: string;
  /** By subject; changed while it runs. */
  readonly people: Map<string, Person>;
  /** Ends it, as a provider that is down. */
  close(): Promise<void>;
}

/** Redirects: where Slipway takes people back. */
export async function startIdentities(redirects: readonly string[]): Promise<IdentityStage> {
  const people = new Map<string, Person>();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the provider listens on no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [...redirects],
        grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ["of-the-test"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => {
        const person = people.get(id);
        return { sub: id, preferred_username: person?.name ?? id, groups: person?.groups ?? [] };
      },
    }),
  });
  const answer = provider.callback();
  server.on("request", (request, response) => void answer(request, response));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { issuer, people, close, [Symbol.asyncDispose]: close };
}

/** A browser without a screen: cookies by host and path, and every redirect as it comes. */
export function openBrowser() {
  const jar = new Map<string, Map<string, string>>();
  const cookiesOf = (url: URL): Map<string, string> => {
    const known = jar.get(url.host) ?? new Map<string, string>();
    jar.set(url.host, known);
    return known;
  };
  const visit = async (at: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const url = new URL(at);
    const cookies = cookiesOf(url);
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name = "", ...value] = pair.split("=");
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line) || value.join("=") === "") cookies.delete(name);
      else cookies.set(name, value.join("="));
    }
    return response;
  };
  /** Goes on until something is neither a redirect nor a form of the provider's; `stop`: an address that is not gone to. */
  const follow = async (at: string, who: string, stop: (url: string) => boolean = () => false): Promise<string> => {
    let url = at;
    let form: Record<string, string> | undefined;
    for (let steps = 0; steps < 20; steps += 1) {
      if (stop(url)) return url;
      const response = await visit(url, form);
      form = undefined;
      const location = response.headers.get("location");
      if (location !== null) {
        url = new URL(location, url).href;
        continue;
      }
      const page = await response.text();
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
      if (action === undefined) return `${url}\n${page}`;
      url = new URL(action, url).href;
      form = { ...hiddenOf(page), login: who, password: "any" };
    }
    throw new Error(`went on and on, last to ${url}`);
  };
  return { jar, visit, follow };
}

function hiddenOf(page: string): Record<string, string> {
  const inputs = page.match(/<input[^>]*>/g) ?? [];
  return Object.fromEntries(
    inputs.flatMap((input) => {
      const name = /name="([^"]+)"/.exec(input)?.[1];
      const value = /value="([^"]*)"/.exec(input)?.[1] ?? "";
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
