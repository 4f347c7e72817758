// The disk that tells a guest who it is: cloud-init's NoCloud source, a file system labelled `cidata` with the files user-data and meta-data
// (https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html). It is an ISO 9660 image with one folder (ECMA-119), made in memory,
// so that user data, which may hold secrets, lies in no file of Slipway's machine.

const SECTOR = 2048;

const AT = { descriptor: 16, end: 17, littleTable: 18, bigTable: 19, root: 20, files: 21 } as const;

export interface Seed {
  readonly name: string;
  readonly userData: string;
  /** As OpenSSH writes it; null: none is brought. */
  readonly publicKey: string | null;
}

export function seedImage({ name, userData, publicKey }: Seed): Buffer {
  const keys = publicKey === null ? "" : `public-keys:\n- ${JSON.stringify(publicKey)}\n`;
  // Sorted by name, as the standard asks.
  return isoImage("cidata", [
    { name: "meta-data", bytes: Buffer.from(`instance-id: ${name}\nlocal-hostname: ${name}\n${keys}`) },
    { name: "user-data", bytes: Buffer.from(userData) },
  ]);
}

interface File {
  readonly name: string;
  readonly bytes: Buffer;
}

function isoImage(label: string, files: readonly File[]): Buffer {
  let next: number = AT.files;
  const placed = files.map((file) => {
    const at = next;
    next += sectorsOf(file.bytes.length);
    return { ...file, at };
  });
  const image = Buffer.alloc(next * SECTOR);
  const put = (sector: number, bytes: Buffer): void => void bytes.copy(image, sector * SECTOR);
  const root = { at: AT.root, length: SECTOR, isFolder: true };
  const self = record({ ...root, name: "\0" });
  put(AT.descriptor, descriptor({ label, sectors: next, root: self }));
  put(AT.end, Buffer.from("\u00ffCD001\u0001", "latin1"));
  put(AT.littleTable, pathTable("little"));
  put(AT.bigTable, pathTable("big"));
  const entries = placed.map(({ name, bytes, at }) => record({ name, at, length: bytes.length, isFolder: false }));
  put(AT.root, Buffer.concat([self, record({ ...root, name: "\u0001" }), ...entries]));
  for (const { at, bytes } of placed) put(at, bytes);
  return image;
}

/** An empty file has a place all the same. */
const sectorsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / SECTOR));

/** The primary volume descriptor (8.4). What is not set is not told. */
function descriptor(of: { readonly label: string; readonly sectors: number; readonly root: Buffer }): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write("\u0001CD001\u0001", 0, "latin1");
  bytes.fill(" ", 8, 72);
  bytes.write(of.label, 40, "latin1");
  both32(of.sectors).copy(bytes, 80);
  both16(1).copy(bytes, 120);
  both16(1).copy(bytes, 124);
  both16(SECTOR).copy(bytes, 128);
  both32(PATH_TABLE_BYTES).copy(bytes, 132);
  bytes.writeUInt32LE(AT.littleTable, 140);
  bytes.writeUInt32BE(AT.bigTable, 148);
  of.root.copy(bytes, 156);
  bytes.fill(" ", 190, 813);
  // Four dates that are not told.
  for (const at of [813, 830, 847, 864]) bytes.fill("0", at, at + 16);
  bytes.writeUInt8(1, 881);
  return bytes;
}

const PATH_TABLE_BYTES = 10;

/** The root folder alone (9.4). */
function pathTable(order: "little" | "big"): Buffer {
  const bytes = Buffer.alloc(PATH_TABLE_BYTES);
  bytes.writeUInt8(1, 0);
  if (order === "little") {
    bytes.writeUInt32LE(AT.root, 2);
    bytes.writeUInt16LE(1, 6);
  } else {
    bytes.writeUInt32BE(AT.root, 2);
    bytes.writeUInt16BE(1, 6);
  }
  return bytes;
}

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly length: number;
  readonly isFolder: boolean;
}

/** A directory record (9.1). */
function record({ name, at, length, isFolder }: Entry): Buffer {
  const head = 33 + name.length;
  const bytes = Buffer.alloc(head + (head % 2));
  bytes.writeUInt8(bytes.length, 0);
  both32(at).copy(bytes, 2);
  both32(length).copy(bytes, 10);
  bytes.writeUInt8(isFolder ? 2 : 0, 25);
  both16(1).copy(bytes, 28);
  bytes.writeUInt8(name.length, 32);
  bytes.write(name, 33, "latin1");
  return bytes;
}

/** Numbers stand there in both orders. */
function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}
