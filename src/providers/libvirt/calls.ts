// What the daemon is asked, one function per procedure. Things are named to it by what it finds them by; what else it would like to be told
// of them does not matter.

import { orNull, unreadableFault } from "../../cloud-http/faults.ts";
import { deadlinesFirst } from "../../cloud-http/pause.ts";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import {
  type BaseImage,
  type Host,
  hostIn,
  imageIn,
  type Marks,
  marksIn,
  NAMESPACE,
  type Pool,
  poolIn,
} from "./domain-xml.ts";
import { faultOf, isRefusal } from "./faults.ts";
import { uuidBytes, uuidText } from "./names.ts";
import type { Session } from "./session.ts";
import { UUID_BYTES, type XdrReader, XdrWriter } from "./xdr.ts";

/** Of flags, that none is set. */
const NONE = 0;
/** Of lists, that they are wanted and not only counted. */
const WANTED = 1;

export interface Domain {
  readonly name: string;
  readonly uuid: string;
}

const NOT_RUNNING = -1;
const NOTHING = (): void => undefined;

/** Throws a fault for what is no id of libvirt's. */
function domain(uuid: string): XdrWriter {
  const bytes = uuidBytes(uuid);
  if (bytes === null) throw faultOf("missing", "no_domain", `no domain has an id such as ${uuid}`);
  return new XdrWriter().text("-").fixed(bytes).int(NOT_RUNNING);
}

export function readDomain(reader: XdrReader): Domain {
  const name = reader.text();
  const uuid = uuidText(reader.fixed(UUID_BYTES));
  reader.int();
  return { name, uuid };
}

export function domains(session: Session, signal: AbortSignal): Promise<readonly Domain[]> {
  const body = new XdrWriter().int(WANTED).int(NONE);
  return session.ask({ procedure: "domains", body, read: (reader) => reader.list(readDomain) }, signal);
}

/** Null: there is none. */
export function domainNamed(session: Session, name: string, signal: AbortSignal): Promise<Domain | null> {
  return orNull(session.ask({ procedure: "domainNamed", body: new XdrWriter().text(name), read: readDomain }, signal));
}

export async function domainById(session: Session, uuid: string, signal: AbortSignal): Promise<Domain | null> {
  const bytes = uuidBytes(uuid);
  if (bytes === null) return null;
  const body = new XdrWriter().fixed(bytes);
  return orNull(session.ask({ procedure: "domainById", body, read: readDomain }, signal));
}

export interface DomainState {
  /** virDomainState. */
  readonly state: number;
  /** Of that state. */
  readonly reason: number;
}

export function domainState(session: Session, uuid: string, signal: AbortSignal): Promise<DomainState> {
  const read = (reader: XdrReader): DomainState => ({ state: reader.int(), reason: reader.int() });
  return session.ask({ procedure: "domainState", body: domain(uuid).int(NONE), read }, signal);
}

const ELEMENT = 2;

/** Null: it carries no mark of Slipway's, or it is not there. */
export async function domainMarks(session: Session, uuid: string, signal: AbortSignal): Promise<Marks | null> {
  const body = domain(uuid).int(ELEMENT).someText(NAMESPACE).int(NONE);
  const text = await orNull(
    session.ask({ procedure: "domainMetadata", body, read: (reader) => reader.text() }, signal),
  );
  return text === null ? null : readable(() => marksIn(text));
}

export interface Measures {
  readonly state: number;
  readonly memoryMib: number;
  readonly cpu: number;
}

export function domainInfo(session: Session, uuid: string, signal: AbortSignal): Promise<Measures> {
  const read = (reader: XdrReader): Measures => {
    const [state, mostKib, , cpu] = [reader.int(), reader.hyper(), reader.hyper(), reader.int()];
    return { state, memoryMib: mostKib / 1024, cpu };
  };
  return session.ask({ procedure: "domainInfo", body: domain(uuid), read }, signal);
}

/** Where an address is asked for: what the network has lent, the guest's own agent, the host's neighbours. */
const SOURCES = { lease: 0, agent: 1, arp: 2 } as const;
export type AddressSource = keyof typeof SOURCES;

/** In the order of its interfaces. */
export function domainAddresses(
  session: Session,
  { uuid, source }: { readonly uuid: string; readonly source: AddressSource },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const read = (reader: XdrReader): readonly string[] => reader.list(readInterface).flat();
  return session.ask({ procedure: "domainAddresses", body: domain(uuid).int(SOURCES[source]).int(NONE), read }, signal);
}

function readInterface(reader: XdrReader): readonly string[] {
  const name = reader.text();
  reader.someText();
  const addresses = reader.list((one) => {
    one.int();
    const address = one.text();
    one.int();
    return address;
  });
  return name === "lo" ? [] : addresses;
}

export async function defineDomain(session: Session, xml: string, signal: AbortSignal): Promise<Domain> {
  await deadlinesFirst(signal);
  const body = new XdrWriter().text(xml).int(NONE);
  return session.ask({ procedure: "domainDefine", body, read: readDomain }, signal);
}

export function startDomain(session: Session, uuid: string, signal: AbortSignal): Promise<void> {
  return session.ask({ procedure: "domainStart", body: domain(uuid).int(NONE), read: NOTHING }, signal);
}

export function resetDomain(session: Session, uuid: string, signal: AbortSignal): Promise<void> {
  return session.ask({ procedure: "domainReset", body: domain(uuid).int(NONE), read: NOTHING }, signal);
}

export function destroyDomain(session: Session, uuid: string, signal: AbortSignal): Promise<void> {
  return session.ask({ procedure: "domainDestroy", body: domain(uuid).int(NONE), read: NOTHING }, signal);
}

/** With what libvirt itself keeps for it: a saved state, what it knows of snapshots and checkpoints, variables of its firmware. */
const WITH_ALL = 1 | 2 | 4 | 16;

export function undefineDomain(session: Session, uuid: string, signal: AbortSignal): Promise<void> {
  return session.ask({ procedure: "domainUndefine", body: domain(uuid).int(WITH_ALL), read: NOTHING }, signal);
}

async function poolNamed(session: Session, name: string, signal: AbortSignal): Promise<Buffer> {
  const read = (reader: XdrReader): Buffer => {
    reader.text();
    return reader.fixed(UUID_BYTES);
  };
  return session.ask({ procedure: "poolNamed", body: new XdrWriter().text(name), read }, signal);
}

const pool = (name: string, uuid: Buffer): XdrWriter => new XdrWriter().text(name).fixed(uuid);

export async function readPool(session: Session, name: string, signal: AbortSignal): Promise<Pool> {
  const body = pool(name, await poolNamed(session, name, signal)).int(NONE);
  const text = await session.ask({ procedure: "poolXml", body, read: (reader) => reader.text() }, signal);
  return readable(() => poolIn(text));
}

/** Names. */
export async function volumesIn(session: Session, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const body = pool(name, await poolNamed(session, name, signal))
    .int(WANTED)
    .int(NONE);
  const readName = (reader: XdrReader): string => {
    reader.text();
    const volume = reader.text();
    reader.text();
    return volume;
  };
  return session.ask({ procedure: "volumes", body, read: (reader) => reader.list(readName) }, signal);
}

/** What somebody put there beside libvirt is known afterwards. */
export async function refreshPool(session: Session, name: string, signal: AbortSignal): Promise<void> {
  const body = pool(name, await poolNamed(session, name, signal)).int(NONE);
  await session.ask({ procedure: "poolRefresh", body, read: NOTHING }, signal);
}

export interface Volume {
  readonly pool: string;
  readonly name: string;
}

/** libvirt finds one by pool and name; the key has to be there. */
const volume = ({ pool: of, name }: Volume): XdrWriter => new XdrWriter().text(of).text(name).text(name);

export async function createVolume(
  session: Session,
  { pool: of, xml }: { readonly pool: string; readonly xml: string },
  signal: AbortSignal,
): Promise<void> {
  const body = pool(of, await poolNamed(session, of, signal))
    .text(xml)
    .int(NONE);
  await deadlinesFirst(signal);
  await session.ask({ procedure: "volumeCreate", body, read: NOTHING }, signal);
}

export function deleteVolume(session: Session, of: Volume, signal: AbortSignal): Promise<void> {
  return session.ask({ procedure: "volumeDelete", body: volume(of).int(NONE), read: NOTHING }, signal);
}

/** Null: it is not there, or no image. */
export async function readImage(session: Session, of: Volume, signal: AbortSignal): Promise<BaseImage | null> {
  const body = volume(of).int(NONE);
  const text = await orNull(session.ask({ procedure: "volumeXml", body, read: (reader) => reader.text() }, signal));
  return text === null ? null : readable(() => imageIn(text));
}

/** Length in bytes; null: it is not there. */
export function volumeBytes(session: Session, of: Volume, signal: AbortSignal): Promise<number | null> {
  const read = (reader: XdrReader): number => {
    reader.int();
    return reader.hyper();
  };
  return orNull(session.ask({ procedure: "volumeInfo", body: volume(of), read }, signal));
}

export function uploadVolume(
  session: Session,
  { bytes, ...of }: Volume & { readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<void> {
  const body = volume(of).hyper(0).hyper(bytes.length).int(NONE);
  return session.pour({ procedure: "volumeUpload", body, read: NOTHING }, bytes, signal);
}

export function downloadVolume(
  session: Session,
  { from, length, ...of }: Volume & { readonly from: number; readonly length: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const body = volume(of).hyper(from).hyper(length).int(NONE);
  return session.drain({ procedure: "volumeDownload", body, read: NOTHING }, length, signal);
}

/** Null: there is no such network. */
export async function isNetworkActive(session: Session, name: string, signal: AbortSignal): Promise<boolean | null> {
  const read = (reader: XdrReader): Buffer => {
    reader.text();
    return reader.fixed(UUID_BYTES);
  };
  try {
    const uuid = await session.ask({ procedure: "networkNamed", body: new XdrWriter().text(name), read }, signal);
    const body = new XdrWriter().text(name).fixed(uuid);
    return await session.ask({ procedure: "networkIsActive", body, read: (reader) => reader.int() === 1 }, signal);
  } catch (error) {
    if (isRefusal(error, "no_network")) return null;
    throw error;
  }
}

export interface Node {
  readonly cpus: number;
  readonly memoryMib: number;
  /** Memory that the host could give without taking it from anybody; null: it does not tell. */
  readonly freeMib: number | null;
}

/** The name of its processors, each letter of which takes four bytes. */
const MODEL_BYTES = 32 * 4;

/** What counts is what its system says that it has: the sum of its memory banks may be another one. */
export async function readNode(session: Session, signal: AbortSignal): Promise<Node> {
  const read = (reader: XdrReader) => {
    reader.fixed(MODEL_BYTES);
    return { kib: reader.hyper(), cpus: reader.int() };
  };
  const { cpus, kib } = await session.ask({ procedure: "nodeInfo", read }, signal);
  const memory = await memoryOf(session, signal);
  const free = memory.get("free");
  const given = ["buffers", "cached"].reduce((sum, name) => sum + (memory.get(name) ?? 0), free ?? 0);
  return {
    cpus,
    memoryMib: Math.floor((memory.get("total") ?? kib) / 1024),
    freeMib: free === undefined ? null : Math.floor(given / 1024),
  };
}

const ALL_CELLS = -1;

/** KiB by name. */
async function memoryOf(session: Session, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const COUNT_ONLY = 0;
  const asking = (most: number): XdrWriter => new XdrWriter().int(most).int(ALL_CELLS).int(NONE);
  const read = (reader: XdrReader) => ({
    all: reader.list((one) => [one.text(), one.hyper()] as const),
    count: reader.int(),
  });
  const { count } = await session.ask({ procedure: "nodeMemory", body: asking(COUNT_ONLY), read }, signal);
  const { all } = await session.ask({ procedure: "nodeMemory", body: asking(count), read }, signal);
  return new Map(all);
}

export async function readHost(session: Session, signal: AbortSignal): Promise<Host | null> {
  const text = await session.ask({ procedure: "capabilities", read: (reader) => reader.text() }, signal);
  return readable(() => hostIn(text));
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableAnswer) throw unreadableFault(error);
    throw error;
  }
}
