// An account whose machines get a port and a floating address of their own, what Neutron tells of them, and what Nova tells of keys.

import { byId } from "../../ports/provider-suite/stage.testsuite.ts";
import type { KnownMachine } from "../../core/machine.ts";
import {
  ADDRESS,
  type Exchange,
  IMAGE,
  NETWORK,
  ON,
  PORT,
  PROJECT,
  refusal,
  SERVER,
} from "./cloud-replay.testsuite.ts";

export const placement = { realm: "az1", size: "lab.small", image: IMAGE };
export const stage = { placement };
export const LIMITS: Exchange = {
  on: ON.limits,
  body: {
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: 100,
        maxTotalCores: -1,
        maxTotalRAMSize: 1024000,
        maxServerMeta: 128,
        maxServerGroups: 10,
        totalRAMUsed: 2048,
        totalCoresUsed: 3,
        totalInstancesUsed: 2,
        totalServerGroupsUsed: 1,
      },
    },
  },
};
export const NO_IMAGE = refusal(ON.create, 400, "Missing imageRef attribute");
export const network = (name: string, id: string): Exchange => ({
  on: ON.networks,
  body: { networks: [{ id, name }] },
});
export const GROUP = "6d95f540-fff4-46ca-8c81-ca017167498e";
export const EXTERNAL = "7b4fc51d-0d5c-4b1c-8c5f-6f0b0a6f5b11";
export const group = (name: string, id: string): Exchange => ({
  on: ON.groups,
  body: { security_groups: [{ id, name }] },
});
export const OWN = {
  floatingNetwork: "public",
  where: { "*": { networks: ["shop-net"], securityGroups: ["web"], publicAddress: true } },
};
export const NAMED: readonly Exchange[] = [
  network("shop-net", NETWORK),
  group("web", GROUP),
  network("public", EXTERNAL),
];
export const described = (name: string) => `slipway-installation=suite slipway-machine=${name} slipway-realm=az1`;
export const portOf = (name: string, device = "") => ({ id: PORT, description: described(name), device_id: device });
export const addressOf = (name: string) => ({ id: ADDRESS, description: described(name) });
export const PORT_MADE: Exchange = { on: ON.port, status: 201, body: { port: portOf("x") } };
export const ADDRESS_MADE: Exchange = { on: ON.address, status: 201, body: { floatingip: addressOf("x") } };
/** Asked for at the same time, so either may come first. */
export const eitherWay = (ports: unknown, addresses: unknown): readonly Exchange[] => [
  { on: ON.addresses, body: { floatingips: addresses }, optional: true },
  { on: ON.ports, body: { ports } },
  { on: ON.addresses, body: { floatingips: addresses }, optional: true },
];
export const NOTHING_LEFT = eitherWay([], []);
export const keyName = (name: string) => `${name}_suite_${PROJECT}`;
/** As Nova writes it. */
export const noKey = (name: string, on: string = ON.key): Exchange =>
  refusal(on, 404, `Keypair ${keyName(name)} not found for user 2e4b5e6d.`);
export const keyOf = (name: string) => ({ keypair: { name: keyName(name), type: "ssh", fingerprint: "ba:d6" } });
export const KEY_MADE: Exchange = { on: ON.makeKey, status: 201, body: keyOf("x") };
export const NO_KEYS: Exchange = { on: ON.keys, body: { keypairs: [] } };
export const known = (name: string, handle: KnownMachine["handle"] = { owner: "suite" }): KnownMachine => ({
  ...byId(stage, SERVER, name),
  handle,
});
