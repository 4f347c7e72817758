const HOST = /^https?:\/\/(\[[^\]]*\]|[^/:?#]*)/i;
const NAMES = /^(?:localhost|.+\.localhost)$/i;
const ADDRESSES = /^(?:127(?:\.\d+){1,3}|0\.0\.0\.0|::1?|::ffff:(?:127\.[\d.]+|7f[\da-f]{2}:[\da-f]{1,4}))$/i;

/** The address leads whoever is told of it to their own machine. */
export function isLoopback(url: string): boolean {
  const [, host = ""] = HOST.exec(url) ?? [];
  return isLoopbackHost(host);
}

/** The same of a host's name or address, in brackets or not. */
export function isLoopbackHost(host: string): boolean {
  return NAMES.test(host) || ADDRESSES.test(host.replace(/^\[(.*)\]$/, "$1"));
}
