// Where a request comes from. What a proxy says of it is believed of those proxies alone that the configuration names: anybody can send the header.

import { type BlockList, isIP, isIPv4 } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

/** Null where it is not known, as of a request that came over no socket. */
export function addressOf(c: Context, proxies: BlockList | null): string | null {
  const own = plain(getConnInfo(c).remote.address);
  if (own === null || proxies === null || !holds(proxies, own)) return own;
  // Each proxy adds whom it had it from at the end: the last that is no proxy of ours is the first that anybody but us could have made up.
  const told = (c.req.header("X-Forwarded-For") ?? "").split(",").map((one) => plain(one.trim()));
  let from = own;
  for (const address of told.toReversed()) {
    if (address === null) return from;
    from = address;
    if (!holds(proxies, address)) return from;
  }
  return from;
}

/** IPv4 as IPv4, also where the socket speaks IPv6; null for what is no address. */
function plain(address: string | undefined): string | null {
  const text = (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(text) === 0 ? null : text;
}

const holds = (proxies: BlockList, address: string): boolean =>
  proxies.check(address, isIPv4(address) ? "ipv4" : "ipv6");
