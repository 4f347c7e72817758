// What a session at a cloud keeps in mind between its calls, within bounds.

/** Call it after something new: the oldest goes where there is more than so much. */
export function forgetOldest(of: Map<string, unknown> | Set<string>, most: number): void {
  const [oldest] = of.keys();
  if (of.size > most && oldest !== undefined) of.delete(oldest);
}

/** More names than anybody asks for twice are not remembered. */
const ASKED_MOST = 10_000;

/** True when a create has gone out under this name before: the next one is in doubt. */
export function isAskedAgain(asked: Set<string>, name: string): boolean {
  const isAgain = asked.has(name);
  asked.add(name);
  forgetOldest(asked, ASKED_MOST);
  return isAgain;
}

/** What lists have asked for keys so far, which stand apart from the machines that they were brought for. */
export interface KeyQuestions {
  /** Lists without that question since the last one with it. */
  skipped: number;
  /** The last answer had a key without a machine. */
  isLone: boolean;
}

export const noKeyQuestions = (): KeyQuestions => ({ skipped: Infinity, isLone: false });

/** Of lists that come close together, one in so many asks for keys. */
const KEYS_EVERY = 20;

/**
 * While machines are under way lists come close together, and one question for keys with each would be half of all requests. Machines tell
 * their own keys, so that only a key that stands alone waits for it. True counts as asked.
 */
export function areKeysDue(keys: KeyQuestions, isUnderWay: boolean): boolean {
  if (isUnderWay && !keys.isLone && keys.skipped < KEYS_EVERY - 1) {
    keys.skipped += 1;
    return false;
  }
  keys.skipped = 0;
  return true;
}
