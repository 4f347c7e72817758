// Times and spans of time in sentences for people.

/** What is left of a wait, rounded up: `119 s`, from two minutes on `2 min`. */
export function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

/** `3 h`, `2 min 5 s`: the two largest units. */
export function spanText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** Swedish dates are those of ISO 8601. */
const UTC = new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" });

/** `2026-11-22 10:00:00 UTC`, of ms since 1970. */
export function timeText(at: number): string {
  return `${UTC.format(at)} UTC`;
}
