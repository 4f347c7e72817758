// Who was on the last list of an account, and a sign of how each was shown: some fifty bytes for each, since there may be a million.

/** The sign of one that is not known to be as the ledger has it: it equals no other, nor itself. */
export const NO_SIGN = Number.NaN;

const FIRST = 64;
const NAME_BYTES = 32;
/** Of a character in UTF-8. */
const BYTES_MOST = 3;

export class Roll {
  #size = 0;
  #named = 0;
  /** Of those whose turn never comes again. */
  #dropped = 0;
  #turn = 1;
  /** Names one behind the other, and where each of them ends. */
  #bytes: Buffer = Buffer.alloc(FIRST * NAME_BYTES);
  #ends = new Uint32Array(FIRST);
  #signs = new Float64Array(FIRST);
  /** When each was last named; 0: dropped. */
  #turns = new Uint32Array(FIRST);
  /** Those that were passed over behind the first page of this turn. */
  #late = new Uint32Array(FIRST);
  /** By their hash: one more than the place of each; 0: free. At most half of them are taken. */
  #slots = new Uint32Array(2 * FIRST);

  /** Those named in this turn. */
  get named(): number {
    return this.#named;
  }

  /** Most of it are names of the past. */
  get isWorn(): boolean {
    return this.#dropped > FIRST + this.#size / 2;
  }

  /** From now on nobody was named. */
  begin(): void {
    this.#turn += 1;
    this.#named = 0;
  }

  /** Its place; null: it never was on the list. */
  find(name: string): number | null {
    const end = this.#write(name);
    const place = this.#slots[this.#slotOf(end)] ?? 0;
    return place === 0 ? null : place - 1;
  }

  /** Its place, from now on. */
  add(name: string): number {
    const end = this.#write(name);
    const slot = this.#slotOf(end);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const place = this.#size;
    this.#ends[place] = end;
    this.#signs[place] = NO_SIGN;
    this.#slots[slot] = place + 1;
    this.#size += 1;
    this.#dropped += 1;
    if (this.#size === this.#ends.length) this.#grow();
    return place;
  }

  signOf(place: number): number {
    return this.#signs[place] ?? NO_SIGN;
  }

  sign(place: number, sign: number): void {
    this.#signs[place] = sign;
  }

  isNamed(place: number): boolean {
    return this.#turns[place] === this.#turn;
  }

  /** `isLate`: behind the first page, and passed over. */
  name(place: number, isLate: boolean): void {
    if (this.isNamed(place)) return;
    if (this.#turns[place] === 0) this.#dropped -= 1;
    this.#turns[place] = this.#turn;
    this.#named += 1;
    if (isLate) this.#late[place] = this.#turn;
  }

  wasLate(place: number): boolean {
    return this.#late[place] === this.#turn;
  }

  names(): string[] {
    return this.#namesWhere((turn) => turn === this.#turn);
  }

  /** Those of earlier turns. */
  unnamed(): string[] {
    return this.#size - this.#dropped === this.#named
      ? []
      : this.#namesWhere((turn) => turn !== this.#turn && turn > 0);
  }

  dropUnnamed(): void {
    if (this.#size - this.#dropped === this.#named) return;
    for (let place = 0; place < this.#size; place += 1) {
      if (this.#turns[place] === this.#turn || this.#turns[place] === 0) continue;
      this.#turns[place] = 0;
      this.#signs[place] = NO_SIGN;
      this.#dropped += 1;
    }
  }

  #namesWhere(isMeant: (turn: number) => boolean): string[] {
    const names: string[] = [];
    for (let place = 0; place < this.#size; place += 1) {
      if (isMeant(this.#turns[place] ?? 0)) {
        names.push(this.#bytes.toString("utf8", this.#beginOf(place), this.#ends[place]));
      }
    }
    return names;
  }

  #beginOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] ?? 0);
  }

  /** Behind the last name; returns where it ends there. */
  #write(name: string): number {
    const begin = this.#beginOf(this.#size);
    const most = begin + name.length * BYTES_MOST;
    if (most > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * most);
    return begin + this.#bytes.write(name, begin);
  }

  /** Of the name behind the last one, which ends there: the slot that has its place, or that it would take. */
  #slotOf(end: number): number {
    const begin = this.#beginOf(this.#size);
    const mask = this.#slots.length - 1;
    let slot = hashOf(this.#bytes, begin, end) & mask;
    for (;;) {
      const place = (this.#slots[slot] ?? 0) - 1;
      if (place < 0) return slot;
      const [from, to] = [this.#beginOf(place), this.#ends[place] ?? 0];
      if (to - from === end - begin && this.#bytes.compare(this.#bytes, from, to, begin, end) === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const size = 2 * this.#ends.length;
    this.#ends = widened(this.#ends, new Uint32Array(size));
    this.#signs = widened(this.#signs, new Float64Array(size));
    this.#turns = widened(this.#turns, new Uint32Array(size));
    this.#late = widened(this.#late, new Uint32Array(size));
    this.#slots = new Uint32Array(2 * size);
    const mask = this.#slots.length - 1;
    for (let place = 0; place < this.#size; place += 1) {
      let slot = hashOf(this.#bytes, this.#beginOf(place), this.#ends[place] ?? 0) & mask;
      while ((this.#slots[slot] ?? 0) > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = place + 1;
    }
  }
}

function widened<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** FNV-1a. */
function hashOf(bytes: Buffer, begin: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = begin; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  // The last bits of the hash alone do not depend on all of the name.
  return (hash ^ (hash >>> 15)) >>> 0;
}
