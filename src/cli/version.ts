// Versions of Slipway: this program's, and whether a server's goes with it.

import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

export function ownVersion(): string {
  const path = findPackageJSON("..", import.meta.url);
  const found: unknown = path === undefined ? null : JSON.parse(readFileSync(path, "utf8"));
  return typeof found === "object" && found !== null && "version" in found ? String(found.version) : "unknown";
}

/**
 * Requests and replies may change with the first number that is not 0 (semver). Null when the two go together; else which of them is
 * the older one.
 */
export function tooOld(client: string, server: string): "client" | "server" | null {
  const [own, other] = [partsOf(client), partsOf(server)];
  const isFirst = own.major === 0 && other.major === 0;
  const [mine, theirs] = isFirst ? [own.minor, other.minor] : [own.major, other.major];
  if (Number.isNaN(mine) || Number.isNaN(theirs) || mine === theirs) return null;
  return mine < theirs ? "client" : "server";
}

function partsOf(version: string): { readonly major: number; readonly minor: number } {
  const [, major = "", minor = ""] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === "" ? { major: Number.NaN, minor: Number.NaN } : { major: Number(major), minor: Number(minor) };
}
