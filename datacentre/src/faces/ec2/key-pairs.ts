// Key pairs: imported, never made here.

import { createHash } from "node:crypto";
import type { Asked } from "../../desk/asked.ts";
import { importKey, removeKey } from "../../desk/things.ts";
import type { SshKey } from "../../state/things.ts";
import { type Action, memoryKey } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { derivedId, tagSet } from "./names.ts";
import { missing, tagSpecifications } from "./parameters.ts";
import { AwsError, badValue, notFound } from "./refusals.ts";

export const importKeyPair: Action = {
  operation: "importKey",
  read(given, memory) {
    const name = given.needed("KeyName");
    const publicKey = Buffer.from(given.needed("PublicKeyMaterial"), "base64").toString("utf8").trim();
    const tags = tagSpecifications(given, ["key-pair"])["key-pair"] ?? {};
    if (name.length > 255) throw badValue("The key name may have 255 characters at most");
    if (!/^(?:ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]+=*(?: .*)?$/.test(publicKey)) {
      throw new AwsError(400, "InvalidKey.Format", "Key is not in valid OpenSSH public key format");
    }
    return {
      subject: { name },
      answer(asked) {
        const key = importKey(asked, { name, publicKey });
        memory.keyTags.set(memoryKey(asked.tenant.name, name), tags);
        const { keyName, keyFingerprint, keyPairId } = keyView(asked, key);
        return { keyName, keyFingerprint, keyPairId, tagSet: tagSet(tags) };
      },
    };
  },
};

function keyView({ tenant }: Asked, { name, publicKey }: SshKey) {
  const [type = "", encoded = ""] = publicKey.split(" ");
  const blob = Buffer.from(encoded, "base64");
  const isRsa = type === "ssh-rsa";
  const md5 = createHash("md5")
    .update(blob)
    .digest("hex")
    .replace(/(..)(?=.)/g, "$1:");
  return {
    keyName: name,
    keyPairId: derivedId("key", memoryKey(tenant.name, name)),
    keyFingerprint: isRsa ? md5 : createHash("sha256").update(blob).digest("base64"),
    keyType: isRsa ? "rsa" : "ed25519",
  };
}

export const describeKeyPairs: Action = {
  operation: "things",
  read(given, memory) {
    const names = given.list("KeyName");
    const ids = given.list("KeyPairId");
    const filters = readFilters(given);
    const showsKey = given.flag("IncludePublicKey") ?? false;
    return {
      answer(asked) {
        const all = asked.tenant.sshKeys.map((key) => {
          const tags = memory.keyTags.get(memoryKey(asked.tenant.name, key.name)) ?? {};
          return { ...keyView(asked, key), publicKey: key.publicKey, tags };
        });
        const unknown = [
          ...names.filter((name) => all.every(({ keyName }) => keyName !== name)),
          ...ids.filter((id) => all.every(({ keyPairId }) => keyPairId !== id)),
        ];
        if (unknown.length > 0) throw notFound("key", unknown);
        const wanted = all.filter(
          ({ keyName, keyPairId }) =>
            (names.length === 0 || names.includes(keyName)) && (ids.length === 0 || ids.includes(keyPairId)),
        );
        const facets: Facets<(typeof all)[number]> = {
          "key-name": ({ keyName }) => keyName,
          "key-pair-id": ({ keyPairId }) => keyPairId,
          fingerprint: ({ keyFingerprint }) => keyFingerprint,
        };
        const keySet = filtered(wanted, filters, { facets, tagsOf: ({ tags }) => tags }).map(
          ({ publicKey, tags, ...view }) => {
            return { ...view, tagSet: tagSet(tags), ...(showsKey ? { publicKey } : {}) };
          },
        );
        return { keySet };
      },
    };
  },
};

/** One that is not there is deleted already. */
export const deleteKeyPair: Action = {
  operation: "removeKey",
  read(given, memory) {
    const name = given.text("KeyName");
    const id = given.text("KeyPairId");
    if (name === undefined && id === undefined) throw missing("KeyName");
    return {
      subject: name === undefined ? {} : { name },
      answer(asked) {
        const { name: tenant, sshKeys } = asked.tenant;
        const meant = sshKeys.find((key) => key.name === name || keyView(asked, key).keyPairId === id);
        if (meant === undefined) return { return: true };
        removeKey(asked, meant.name);
        memory.keyTags.delete(memoryKey(tenant, meant.name));
        return { return: true, keyPairId: keyView(asked, meant).keyPairId };
      },
    };
  },
};
