// What this process knows of an account's last list, so that the next one costs what has changed. A machine that is shown as it was, and of which
// the ledger has written nothing since, is as the ledger has it; and whoever is absent was on the last list and is not on this one, or was absent
// before, or was written of meanwhile (docs/adr/0032-lists-by-what-changed.md). Never of two polls at once.

import type { Observed } from "../core/machine.ts";
import { fractionOf } from "../core/random.ts";
import { shownSign } from "../core/world/shown.ts";
import type { LedgerNews, Listed } from "../ports/claims.ts";
import { NO_SIGN, Roll } from "./roll.ts";

/** So often a list is compared as if nothing were known, at another moment for each account. */
const WHOLE_MS = 60 * 60_000;
/** More is not kept in mind: the next list is compared whole. */
const KEPT_MOST = 200_000;

export class KnownList {
  /** On the monotonic clock: when it is over with what is known. */
  readonly #until: number;
  #roll = new Roll();
  #horizon: string | null = null;
  /** Made machines that are on no list; null: it is not known which. */
  #absent: ReadonlySet<string> | null = null;
  /** Written of since it was last counted who is absent. */
  #written = new Set<string>();
  #isFirstPage = true;

  constructor(key: string, now: number) {
    this.#until = now + WHOLE_MS * (0.75 + fractionOf(key) / 2);
  }

  isOver(now: number): boolean {
    return now >= this.#until || this.#roll.isWorn || this.#written.size > KEPT_MOST;
  }

  /** How far the ledger has been read. */
  get horizon(): string | null {
    return this.#horizon;
  }

  /** Machines named since `begin`. */
  get named(): number {
    return this.#roll.named;
  }

  begin(): void {
    this.#roll.begin();
    this.#isFirstPage = true;
  }

  /** What was written of the ledger, read once the first page has come and before anything of it is passed over. */
  read({ horizon, written }: LedgerNews): void {
    if (written === null) this.#forget();
    for (const id of written ?? []) this.#note(id);
    this.#horizon = horizon;
  }

  /** Those of a page that may differ from the ledger; all others are as they were. */
  unlike(page: readonly Observed[]): readonly Observed[] {
    const isLate = !this.#isFirstPage;
    this.#isFirstPage = false;
    return page.filter((observed) => {
      const place = this.#roll.find(observed.name);
      // Of two by the same name one has another id, and so another sign.
      if (place === null || this.#roll.signOf(place) !== shownSign(observed)) return true;
      this.#roll.name(place, isLate);
      return false;
    });
  }

  /** After they were compared with the ledger as it was after `read`: from now on all but the differing are known to be as it has them. */
  compared(page: readonly Observed[], differing: ReadonlySet<string>): void {
    for (const observed of page) {
      const place = this.#roll.add(observed.name);
      this.#roll.sign(place, differing.has(observed.name) ? NO_SIGN : shownSign(observed));
      this.#roll.name(place, false);
    }
  }

  /** Something was passed over, on a page behind the first, of which the ledger has been written since: it may differ. */
  hasMissed({ written }: LedgerNews): boolean {
    if (written === null) return this.#absent !== null;
    return written.some((id) => {
      const place = this.#roll.find(id);
      return place !== null && this.#roll.wasLate(place);
    });
  }

  /** What a whole list says of who is absent, with all that was written until now; null: that nobody is, as before. `isPlain`: by all names. */
  listed({ written }: LedgerNews, unlisted: readonly string[], isPlain: boolean): Listed | null {
    if (isPlain || written === null || this.#absent === null) return { names: this.#roll.names(), unlisted };
    const suspects = new Set([...this.#absent, ...this.#written, ...written, ...this.#roll.unnamed()]);
    if (suspects.size === 0) return null;
    const absent = [...suspects].filter((name) => {
      const place = this.#roll.find(name);
      return place === null || !this.#roll.isNamed(place);
    });
    return { absent, unlisted };
  }

  /** It was counted who is absent, by a list that came whole. */
  counted(news: LedgerNews, absent: readonly string[]): void {
    this.read(news);
    if (news.written === null) return;
    this.#written.clear();
    this.#absent = new Set(absent);
    this.#roll.dropUnnamed();
  }

  #note(id: string): void {
    this.#written.add(id);
    const place = this.#roll.find(id);
    if (place !== null) this.#roll.sign(place, NO_SIGN);
  }

  #forget(): void {
    this.#roll = new Roll();
    this.#absent = null;
    this.#written.clear();
  }
}
