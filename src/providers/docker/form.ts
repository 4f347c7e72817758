import { CLIENT_CERTIFICATE_FIELDS, TRUST_FIELDS } from "../../cloud-http/address.ts";
import { SSH_FIELDS } from "../../cloud-http/ssh.ts";
import type { AccountForm, FormValues } from "../../ports/account-form.ts";

export const FORM = {
  about: "Containers of one Docker Engine.",
  where: ["networks", "volumes"],
  fields: [
    {
      name: "endpoint",
      of: "setting",
      kind: "address",
      label: "Endpoint",
      help: "A socket on Slipway's own machine, http://host:port (tcp:// is understood too), https://host:port or ssh://user@host:port, where a path behind it is that of the engine's socket there. No password stands in it.",
      isRequired: true,
      example: "unix:///var/run/docker.sock",
      default: null,
    },
    ...CLIENT_CERTIFICATE_FIELDS,
    ...TRUST_FIELDS,
    ...SSH_FIELDS,
    {
      name: "publish",
      of: "setting",
      kind: "flag",
      label: "Publish ports",
      help: "Publishes the ports of readiness checks on the engine's host, each under its own number.",
      isRequired: false,
      example: null,
      default: false,
    },
    {
      name: "hourlyPrice",
      of: "setting",
      kind: "amount",
      least: 0,
      most: 1_000_000,
      label: "Price",
      help: "Dollars per processor and hour, for choosing by cost.",
      isRequired: false,
      example: "0.05",
      default: 0,
    },
  ],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
