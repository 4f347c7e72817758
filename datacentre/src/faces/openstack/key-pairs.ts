// Key pairs: brought, never made here.

import type { Asked } from "../../desk/asked.ts";
import { importKey, removeKey } from "../../desk/things.ts";
import type { SshKey } from "../../state/things.ts";
import { CloudError } from "../../cloud-api.ts";
import { shape, text } from "../../shape.ts";
import { param } from "../../wire/http-route.ts";
import { SERVICES, userId } from "./names.ts";
import { hrefAfter, pageOf } from "./pages.ts";
import { Refusal } from "./refusals.ts";
import { type Ask, reading, type Resource } from "./resource.ts";

const KIND = "keypair";

function viewOf({ tenant }: Asked, { name, publicKey, fingerprint }: SshKey, { microversion }: Ask): object {
  return {
    name,
    public_key: publicKey,
    fingerprint,
    ...(microversion >= 2 ? { type: "ssh" } : {}),
    ...(microversion >= 10 ? { user_id: userId(tenant.name) } : {}),
  };
}

const PAGE_MOST = 1000;

/** With pages since 2.35. */
export const listKeyPairs = reading("things", KIND, (asked, ask) => {
  const all = asked.tenant.sshKeys.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((key) => ({ id: key.name, key }));
  const { rows, next } = pageOf(all, { query: ask.query, most: PAGE_MOST });
  const path = `${ask.address}${SERVICES.compute}/os-keypairs`;
  const links = next === null ? {} : { keypairs_links: [{ rel: "next", href: hrefAfter(path, ask.query, next) }] };
  return { keypairs: rows.map(({ key }) => ({ keypair: viewOf(asked, key, ask) })), ...links };
});

export const getKeyPair = reading("things", KIND, (asked, ask) => {
  const id = param(ask, "id");
  return { keypair: viewOf(asked, keyNamed(asked, id), ask) };
});

/** Throws a Refusal. */
function keyNamed({ tenant }: Asked, wanted: string): SshKey {
  const key = tenant.sshKeys.find(({ name }) => name === wanted);
  if (key !== undefined) return key;
  throw new Refusal(404, `Keypair ${wanted} not found for user ${userId(tenant.name)}`);
}

const readBody = shape({ keypair: shape({ name: text, public_key: text }, { type: text, user_id: text }) });

/** As many as the quota of keys allows. */
export const importKeyPair: Resource = {
  operation: "importKey",
  kind: KIND,
  read(ask) {
    const { name, public_key: publicKey } = readBody(ask.body, "body").keypair;
    return {
      subject: { name },
      deed: { id: name },
      answer(asked) {
        const { limits } = asked.tenant.quota;
        const most = limits["keys"] ?? null;
        if (most !== null && asked.tenant.sshKeys.length >= most) {
          throw new CloudError("quota_exceeded", "Too many keys", { about: { dimension: "keys" } });
        }
        return {
          status: ask.microversion >= 2 ? 201 : 200,
          body: { keypair: viewOf(asked, imported(asked, name, publicKey), ask) },
        };
      },
    };
  },
};

function imported(asked: Asked, name: string, publicKey: string): SshKey {
  try {
    return importKey(asked, { name, publicKey });
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== "invalid_request") throw error;
    throw new Refusal(400, `Keypair data is invalid: failed to generate fingerprint`);
  }
}

export const deleteKeyPair: Resource = {
  operation: "removeKey",
  kind: KIND,
  read(ask) {
    const id = param(ask, "id");
    return {
      subject: { name: id },
      deed: { id },
      answer(asked) {
        removeKey(asked, keyNamed(asked, id).name);
        return { status: ask.microversion >= 2 ? 204 : 202 };
      },
    };
  },
};
