// How machines are reached from outside: by which address, and under which names other programs know them.

import { isIP } from "node:net";
import type { Command } from "commander";
import type { Deployment, Instance } from "../contract/deployment.ts";
import { badInput } from "./complaint.ts";
import { machineThere } from "./target.ts";

export interface Reachable {
  readonly instance: Instance;
  /** `web-1.shop`: no other machine of the installation's pool has it. */
  readonly host: string;
  readonly address: string;
  /** Of the machine, not of the instance: what ssh remembers of one is not held against the next, nor against who gets its address. */
  readonly hostKey: string;
}

/** Why a machine cannot be reached. */
export interface Unreachable {
  readonly name: string;
  readonly because: string;
}

export type Reach = { readonly ok: Reachable } | { readonly not: Unreachable };

/** Addresses come from clouds, and files of other programs are made of them: nothing but a name or a number may be in them. */
const ADDRESS = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,253}[A-Za-z0-9])?$/;

/** By its public address where it has one, unless private ones are wanted. */
export function reachOf(deployment: Deployment, instance: Instance, isPrivate: boolean): Reach {
  const { name, privateAddress, publicAddress, state } = instance;
  const machine = machineThere(deployment, instance);
  if (machine === null) return { not: { name, because: `it has no machine (${state})` } };
  const address = isPrivate ? privateAddress : (publicAddress ?? privateAddress);
  if (address === null) return { not: { name, because: `it has no ${isPrivate ? "private " : ""}address yet` } };
  if (!ADDRESS.test(address)) return { not: { name, because: "its cloud tells an address that is none" } };
  return { ok: { instance, host: `${name}.${deployment.name}`, address, hostKey: machine.id } };
}

export const isNumeric = ({ address }: Reachable): boolean => isIP(address) !== 0;

/** Neither an option of ssh nor more than one word of a file. */
const USER = /^[^\s"'\p{C}-][^\s"'\p{C}]{0,255}$/u;

export interface ReachOptions {
  readonly private?: true;
  readonly user?: string;
  readonly identity?: string;
}

export function addReachOptions(command: Command): Command {
  return command
    .option("--private", "by private addresses alone; else by the public one where there is one")
    .option("--user <name>", "who logs in; else as ssh is set up", userName)
    .option("--identity <file>", "the private key to log in with; else as ssh is set up", keyFile);
}

function userName(given: string): string {
  if (USER.test(given)) return given;
  throw badInput(`--user ${JSON.stringify(given)}: must be a user's name, without blanks or quotes`);
}

function keyFile(given: string): string {
  if (given !== "" && !given.startsWith("-") && !/["\p{C}]/u.test(given)) return given;
  throw badInput(
    `--identity ${JSON.stringify(given)}: must be the path of a private key, without quotes or line breaks`,
  );
}
