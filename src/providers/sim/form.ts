import { TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm } from "../../ports/account-form.ts";

export const FORM = {
  about: "A tenant of a simulated datacentre, for trying Slipway out.",
  where: ["networks", "securityGroups", "key", "publicKey", "publicAddress", "hosts"],
  fields: [
    {
      name: "url",
      of: "setting",
      kind: "address",
      label: "Address of the datacentre",
      help: "As the datacentre prints it when it starts; without user, password and query.",
      isRequired: true,
      example: "http://127.0.0.1:7071",
      default: null,
    },
    {
      name: "tenant",
      of: "setting",
      kind: "text",
      label: "Tenant",
      help: "A tenant of one of its clouds, which says what cloud is meant; the demo has north, rhev and south.",
      isRequired: true,
      example: "north",
      default: null,
    },
    {
      name: "key",
      of: "credential",
      kind: "text",
      label: "Key",
      help: "The tenant's key.",
      isRequired: true,
      example: null,
      default: null,
    },
    ...TRUST_FIELDS,
  ],
} as const satisfies AccountForm;
