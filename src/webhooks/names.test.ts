import type { LookupAddress } from "node:dns";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { createNames } from "./names.ts";

const A = 1;
const AAAA = 28;
const NO_ERROR = 0x8180;
const SERVER_FAILED = 0x8182;
const NO_SUCH_NAME = 0x8183;

/** A name server with one address of each kind for hooks.example, no IPv6 for four.example, and no word about silent.example. */
async function nameServer(): Promise<readonly string[]> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = questionOf(query);
    if (name === "silent.example") return;
    const asked = query.subarray(12, end);
    const { flags, address } = replyTo(name, type);
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(flags, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(address === null ? 0 : 1, 6);
    const answer = address === null ? [] : [recordOf(type, address)];
    socket.send(Buffer.concat([header, asked, ...answer]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return [`127.0.0.1:${socket.address().port}`];
}

function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function replyTo(name: string, type: number): { readonly flags: number; readonly address: Buffer | null } {
  if (name === "broken.example") return { flags: SERVER_FAILED, address: null };
  if (!["hooks.example", "four.example"].includes(name)) return { flags: NO_SUCH_NAME, address: null };
  if (type === A) return { flags: NO_ERROR, address: Buffer.from([192, 0, 2, 7]) };
  const isThere = type === AAAA && name === "hooks.example";
  return { flags: NO_ERROR, address: isThere ? Buffer.from("20010db8000000000000000000000007", "hex") : null };
}

/** Of the name that was asked for, for a minute. */
function recordOf(type: number, address: Buffer): Buffer {
  const fields = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length]);
  return Buffer.concat([fields, address]);
}

const never = new AbortController().signal;
const FOUR = { address: "192.0.2.7", family: 4 };

test("a name leads to its addresses of both kinds, or to those that it has", async () => {
  const resolve = createNames({ toAny: false, servers: await nameServer() });
  expect(await resolve("hooks.example", never)).toEqual([FOUR, { address: "2001:db8::7", family: 6 }]);
  expect(await resolve("four.example", never)).toEqual([FOUR]);
});

test("a name that is not there is told apart from one that nobody can tell of", async () => {
  const resolve = createNames({ toAny: false, servers: await nameServer() });
  await expect(resolve("other.example", never)).rejects.toThrow("its name is not known");
  await expect(resolve("broken.example", never)).rejects.toThrow("its name cannot be looked up");
});

test("a look-up that nobody answers ends with its time, and is none of the system's", async () => {
  const system = vi.fn(async () => [FOUR]);
  const resolve = createNames({ toAny: false, servers: await nameServer(), system });
  const tries = [1, 2, 3, 4].map(async () => resolve("silent.example", AbortSignal.timeout(100)));
  expect((await Promise.allSettled(tries)).map(({ status }) => status)).toEqual(tries.map(() => "rejected"));
  expect(process.getActiveResourcesInfo()).not.toContain("GetAddrInfoReqWrap");
  expect(process.getActiveResourcesInfo()).not.toContain("QueryReqWrap");
  expect(system).not.toHaveBeenCalled();
});

test("where private addresses are permitted, names are looked up that this machine alone knows", async () => {
  const servers = await nameServer();
  expect(await createNames({ toAny: true, servers })("localhost", never)).toContainEqual(
    expect.objectContaining({ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) }),
  );
  const system = vi.fn(async () => Promise.reject(new Error("EAI_AGAIN")));
  const resolve = createNames({ toAny: true, servers, system });
  expect(await resolve("four.example", never)).toEqual([FOUR]);
  expect(system).not.toHaveBeenCalled();
  await expect(resolve("other.example", never)).rejects.toThrow("its name is not known");
});

test("the system looks up one name at a time, and none for who has gone", async () => {
  const first = Promise.withResolvers<LookupAddress[]>();
  const system = vi.fn(async (host: string) => (host === "stuck" ? first.promise : [FOUR]));
  const resolve = createNames({ toAny: true, servers: await nameServer(), system });
  const stuck = resolve("stuck", never);
  await vi.waitFor(() => expect(system).toHaveBeenCalledTimes(1));
  const gone = new AbortController();
  const tries = [1, 2, 3].map(async () => resolve("stuck", gone.signal));
  const other = resolve("printer", never);
  expect(await resolve("hooks.example", never)).toHaveLength(2);
  expect(system).toHaveBeenCalledTimes(1);
  gone.abort();
  first.resolve([FOUR]);
  expect(await stuck).toEqual([FOUR]);
  expect(await other).toEqual([FOUR]);
  expect((await Promise.allSettled(tries)).map(({ status }) => status)).toEqual(tries.map(() => "rejected"));
  expect(system.mock.calls).toEqual([["stuck"], ["printer"]]);
});
