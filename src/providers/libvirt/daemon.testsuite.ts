// A daemon in libvirt's place, on a socket of its own: it keeps domains and volumes in memory, speaks libvirt's messages, refuses in libvirt's own
// sentences, and behaves as badly as a test wants. Against the real one: conformance.libvirt.test.ts.

import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountId } from "../../core/ids.ts";
import type { Cloud } from "../../ports/provider.ts";
import { libvirtProvider } from "./index.ts";
import {
  KINDS,
  type Message,
  MessageReader,
  type Procedure,
  PROCEDURES,
  type Refusal,
  refusalBody,
  STATUSES,
  written,
} from "./messages.ts";
import { uuidBytes, uuidText } from "./names.ts";
import { rootIn } from "./xml.ts";
import { UUID_BYTES, XdrReader, XdrWriter } from "./xdr.ts";

/** What a test makes of a call in place of carrying it out; `done_then_cut`: it is carried out, and the line ends. */
export type Turn = "cut" | "hang" | "done_then_cut" | Refusal;

interface FakeDomain {
  readonly name: string;
  readonly uuid: string;
  readonly metadata: string | null;
  readonly memoryKib: number;
  state: number;
  reason: number;
}

export interface Daemon extends AsyncDisposable {
  readonly socket: string;
  readonly domains: Map<string, FakeDomain>;
  /** Contents by name. */
  readonly volumes: Map<string, Buffer>;
  readonly networks: Map<string, boolean>;
  /** Names of all calls so far. */
  readonly asked: Procedure[];
  /** Who has ended lines, in their order. */
  readonly ends: readonly ("client" | "daemon")[];
  /** Resolves when a call hangs. */
  readonly hanging: Promise<void>;
  /** Documents of definitions so far. */
  readonly defined: string[];
  plant(name: string, labels: Readonly<Record<string, string>>): string;
  announce(domain: { readonly name: string; readonly uuid: string }): void;
  endLines(): void;
}

export const refusal = (code: number, message: string): Refusal => ({ code, from: 10, message });

const POOL = "default";
const NO_UUID = Buffer.alloc(UUID_BYTES, 7);
export const IMAGE = "guest.qcow2";
const IMAGE_BYTES = 64 * 1024 * 1024;

/** `turn`: what becomes of a call, which is the nth of its procedure, from 1. */
export async function openDaemon(
  turn: (procedure: Procedure, no: number) => Turn | null = () => null,
): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-libvirt-"));
  const socket = join(folder, "sock");
  const lines = new Set<Socket>();
  const hanging = Promise.withResolvers<void>();
  const asked: Procedure[] = [];
  const ends: ("client" | "daemon")[] = [];
  const state = stateOf();
  const server = createServer((line) => {
    lines.add(line);
    const reader = new MessageReader();
    line.on("error", () => undefined).on("close", () => lines.delete(line));
    line.on("end", () => ends.push("client")).on("finish", () => ends.push("daemon"));
    line.on("data", (piece: Buffer) => {
      for (const message of reader.take(piece)) take(line, message);
    });
  });
  const uploads = new Map<string, Buffer[]>();

  function take(line: Socket, message: Message): void {
    const procedure = procedureOf(message.procedure);
    if (message.kind === KINDS.stream) return takeStream(line, { message, procedure });
    asked.push(procedure);
    const todo = turn(procedure, asked.filter((one) => one === procedure).length);
    if (todo === "cut") return void line.destroy();
    if (todo === "hang") return hanging.resolve();
    const answered = typeof todo === "object" && todo !== null ? todo : state.carryOut(procedure, message.body);
    if (todo === "done_then_cut") return void line.destroy();
    const reply = { ...message, kind: KINDS.reply };
    if (!(answered instanceof XdrWriter)) {
      return void line.write(written({ ...reply, status: STATUSES.error, body: refusalBody(answered) }));
    }
    line.write(written({ ...reply, status: STATUSES.ok, body: answered.bytes() }));
    if (procedure === "close") return void line.end();
    if (procedure === "volumeDownload") {
      const piece = { ...message, kind: KINDS.stream, status: STATUSES.continues };
      const bytes = state.download(message.body);
      if (bytes.length > 0) line.write(written({ ...piece, body: bytes }));
      line.write(written({ ...piece, body: Buffer.alloc(0) }));
    }
    if (procedure === "volumeUpload") uploads.set(keyOf(line, message), [message.body]);
  }

  const keys = new WeakMap<Socket, string>();
  function keyOf(line: Socket, { serial }: Message): string {
    const key = keys.get(line) ?? randomUUID();
    keys.set(line, key);
    return `${key} ${serial}`;
  }

  function takeStream(line: Socket, { message, procedure }: { message: Message; procedure: Procedure }): void {
    const pieces = uploads.get(keyOf(line, message)) ?? [];
    if (message.status === STATUSES.continues) return void pieces.push(message.body);
    const [asking, ...bytes] = pieces;
    if (procedure === "volumeUpload" && asking !== undefined) state.upload(asking, Buffer.concat(bytes));
    line.write(written({ ...message, body: Buffer.alloc(0) }));
  }

  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    asked,
    ends,
    hanging: hanging.promise,
    ...state,
    announce({ name, uuid }) {
      const domain = new XdrWriter()
        .text(name)
        .fixed(uuidBytes(uuid) ?? NO_UUID)
        .int(-1);
      const body = Buffer.concat([new XdrWriter().int(0).bytes(), domain.int(2).int(0).bytes()]);
      const event = { procedure: PROCEDURES.domainChanged, kind: KINDS.event, serial: 0, status: STATUSES.ok, body };
      for (const line of lines) line.write(written(event));
    },
    endLines: () => {
      for (const line of lines) line.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const line of lines) line.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function procedureOf(number: number): Procedure {
  for (const [name, one] of Object.entries(PROCEDURES)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a parser: a key of that very table
    if (one === number) return name as Procedure;
  }
  throw new Error(`nobody calls procedure ${number}`);
}

export function openAt(socket: string, settings: Readonly<Record<string, unknown>> = {}): Cloud {
  const given = { uri: `qemu+unix:///system?socket=${socket}`, ...settings };
  return libvirtProvider.open({ id: accountId("acc-1"), name: "host1", settings: given }, {});
}

const CAPABILITIES = `<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest><os_type>hvm</os_type><arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>`;

function stateOf() {
  const domains = new Map<string, FakeDomain>();
  const volumes = new Map<string, Buffer>([[IMAGE, Buffer.alloc(0)]]);
  const networks = new Map([["default", true]]);
  const defined: string[] = [];

  const noDomain = (uuid: string): Refusal => refusal(42, `Domain not found: no domain with matching uuid '${uuid}'`);

  const named = (name: string): FakeDomain | undefined => [...domains.values()].find((one) => one.name === name);
  const told = ({ name, uuid }: FakeDomain): XdrWriter =>
    new XdrWriter()
      .text(name)
      .fixed(uuidBytes(uuid) ?? NO_UUID)
      .int(-1);

  function withDomain(body: Buffer, act: (domain: FakeDomain, reader: XdrReader) => XdrWriter | Refusal) {
    const reader = new XdrReader(body);
    reader.text();
    const uuid = uuidText(reader.fixed(UUID_BYTES));
    reader.int();
    const domain = domains.get(uuid);
    return domain === undefined ? noDomain(uuid) : act(domain, reader);
  }

  function volumeIn(body: Buffer): string {
    const reader = new XdrReader(body);
    reader.text();
    return reader.text();
  }

  function withVolume(body: Buffer, act: (name: string, bytes: Buffer) => XdrWriter) {
    const name = volumeIn(body);
    const bytes = volumes.get(name);
    if (bytes === undefined) {
      return refusal(50, `Storage volume not found: no storage vol with matching name '${name}'`);
    }
    return act(name, bytes);
  }

  function readText(body: Buffer, behindPool: boolean): string {
    const reader = new XdrReader(body);
    if (behindPool) {
      reader.text();
      reader.fixed(UUID_BYTES);
    }
    return reader.text();
  }

  function define(xml: string): XdrWriter | Refusal {
    const root = rootIn(xml, "domain");
    const name = root.first("name")?.text ?? "";
    const uuid = root.first("uuid")?.text ?? "";
    const before = named(name);
    if (before !== undefined && before.uuid !== uuid) {
      return refusal(9, `operation failed: domain '${name}' already exists with uuid ${before.uuid}`);
    }
    defined.push(xml);
    const metadata = /<slipway:machine [^>]*>/.exec(xml)?.[0].replace("slipway:machine", "machine") ?? null;
    const memoryKib = Number(root.first("memory")?.text);
    const domain = { name, uuid, metadata, memoryKib, state: 5, reason: 0 };
    domains.set(uuid, domain);
    return told(domain);
  }

  const ANSWERS: Readonly<Record<Procedure, (body: Buffer) => XdrWriter | Refusal>> = {
    open: () => new XdrWriter(),
    close: () => new XdrWriter(),
    authList: () => new XdrWriter().int(1).int(0),
    authPolkit: () => new XdrWriter().int(1),
    watchDomains: () => new XdrWriter().int(0),
    domainChanged: () => refusal(39, "RPC error: no such procedure"),
    capabilities: () => new XdrWriter().text(CAPABILITIES),
    nodeInfo: () =>
      new XdrWriter().fixed(Buffer.alloc(128)).hyper(8_388_608).int(4).int(2000).int(1).int(1).int(4).int(1),
    nodeMemory: () => new XdrWriter().int(2).text("total").hyper(8_388_608).text("free").hyper(8_000_000).int(2),
    domains: () => {
      const list = new XdrWriter().int(domains.size);
      for (const { name, uuid } of domains.values())
        list
          .text(name)
          .fixed(uuidBytes(uuid) ?? NO_UUID)
          .int(-1);
      return list.int(domains.size);
    },
    domainNamed: (body) => {
      const name = new XdrReader(body).text();
      const domain = named(name);
      return domain === undefined
        ? refusal(42, `Domain not found: no domain with matching name '${name}'`)
        : told(domain);
    },
    domainById: (body) => {
      const uuid = uuidText(new XdrReader(body).fixed(UUID_BYTES));
      const domain = domains.get(uuid);
      return domain === undefined ? noDomain(uuid) : told(domain);
    },
    domainState: (body) => withDomain(body, ({ state, reason }) => new XdrWriter().int(state).int(reason)),
    domainInfo: (body) =>
      withDomain(body, ({ state, memoryKib }) =>
        new XdrWriter().int(state).hyper(memoryKib).hyper(memoryKib).int(1).hyper(0),
      ),
    domainMetadata: (body) =>
      withDomain(body, ({ metadata }) =>
        metadata === null
          ? refusal(80, "metadata not found: Requested metadata element is not present")
          : new XdrWriter().text(metadata),
      ),
    domainAddresses: (body) =>
      withDomain(body, (_, reader) => {
        const LEASE = 0;
        if (reader.int() !== LEASE)
          return refusal(86, "Guest agent is not responding: QEMU guest agent is not connected");
        const one = new XdrWriter().int(1).text("vnet0").someText("52:54:00:00:00:01").int(1);
        return one.int(0).text("192.168.122.7").int(24);
      }),
    domainDefine: (body) => define(new XdrReader(body).text()),
    domainStart: (body) =>
      withDomain(body, (domain) => {
        if (domain.state === 1) return refusal(55, "Requested operation is not valid: domain is already running");
        domain.state = 1;
        domain.reason = 1;
        return told(domain);
      }),
    domainReset: (body) =>
      withDomain(body, (domain) => {
        if (domain.state === 1) return new XdrWriter();
        return refusal(55, "Requested operation is not valid: domain is not running");
      }),
    domainDestroy: (body) =>
      withDomain(body, (domain) => {
        if (domain.state === 5) return refusal(55, "Requested operation is not valid: domain is not running");
        domain.state = 5;
        domain.reason = 2;
        return new XdrWriter();
      }),
    domainUndefine: (body) =>
      withDomain(body, ({ uuid }) => {
        domains.delete(uuid);
        return new XdrWriter();
      }),
    networkNamed: (body) => {
      const name = new XdrReader(body).text();
      if (networks.has(name)) return new XdrWriter().text(name).fixed(NO_UUID);
      return refusal(43, `Network not found: no network with matching name '${name}'`);
    },
    networkIsActive: (body) => new XdrWriter().int(networks.get(new XdrReader(body).text()) === true ? 1 : 0),
    poolNamed: (body) => {
      const name = new XdrReader(body).text();
      if (name === POOL) return new XdrWriter().text(name).fixed(NO_UUID);
      return refusal(49, `Storage pool not found: no storage pool with matching name '${name}'`);
    },
    poolXml: () =>
      new XdrWriter().text("<pool type='dir'><target><path>/var/lib/libvirt/images</path></target></pool>"),
    poolRefresh: () => new XdrWriter(),
    volumes: () => {
      const list = new XdrWriter().int(volumes.size);
      for (const name of volumes.keys()) list.text(POOL).text(name).text(`/images/${name}`);
      return list.int(volumes.size);
    },
    volumeCreate: (body) => {
      const name = rootIn(readText(body, true), "volume").first("name")?.text ?? "";
      if (volumes.has(name)) return refusal(90, `storage volume '${name}' exists already`);
      volumes.set(name, Buffer.alloc(0));
      return new XdrWriter().text(POOL).text(name).text(`/images/${name}`);
    },
    volumeDelete: (body) =>
      withVolume(body, (name) => {
        volumes.delete(name);
        return new XdrWriter();
      }),
    volumeNamed: (body) => new XdrWriter().text(readText(body, true)),
    volumeInfo: (body) =>
      withVolume(body, (_, bytes) => new XdrWriter().int(0).hyper(bytes.length).hyper(bytes.length)),
    volumeXml: (body) =>
      withVolume(body, (name) =>
        new XdrWriter().text(
          `<volume type='file'><name>${name}</name><capacity unit='bytes'>${IMAGE_BYTES}</capacity><target><path>/images/${name}</path><format type='qcow2'/></target></volume>`,
        ),
      ),
    volumeUpload: (body) => withVolume(body, () => new XdrWriter()),
    volumeDownload: (body) => withVolume(body, () => new XdrWriter()),
  };

  return {
    domains,
    volumes,
    networks,
    defined,
    carryOut: (procedure: Procedure, body: Buffer) => ANSWERS[procedure](body),
    upload: (asking: Buffer, bytes: Buffer): void => void volumes.set(volumeIn(asking), bytes),
    download(asking: Buffer): Buffer {
      const reader = new XdrReader(asking);
      reader.text();
      const bytes = volumes.get(reader.text()) ?? Buffer.alloc(0);
      reader.text();
      const from = reader.hyper();
      return bytes.subarray(from, from + reader.hyper());
    },
    plant(name: string, labels: Readonly<Record<string, string>>): string {
      const uuid = randomUUID();
      const marks = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
      const metadata = marks.length === 0 ? null : `<machine ${marks.join(" ")}/>`;
      domains.set(uuid, { name, uuid, metadata, memoryKib: 65_536, state: 5, reason: 0 });
      return uuid;
    },
  };
}
