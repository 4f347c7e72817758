/** What is left of a wait, rounded up: `119 s`, from two minutes on `2 min`. */
export function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
