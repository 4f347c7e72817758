// Which addresses of the internet are everybody's: a webhook is told nothing at others, for there a server may listen that answers whoever
// is inside (databases, a cloud's metadata, Slipway's own neighbours).

import ipaddr from "ipaddr.js";

/** Of an address as text, IPv4 or IPv6: within what the internet routes to anybody. Ways into IPv4 from IPv6 count as what they lead to. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // Takes IPv4 within IPv6 (::ffff:10.0.0.1) for what it is.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  // IPv4 within IPv6 as it was written once (::10.0.0.1).
  return parsed.kind() === "ipv4" || !parsed.toNormalizedString().startsWith("0:0:0:0:0:0:");
}
