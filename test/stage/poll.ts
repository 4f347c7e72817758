/**
 * Asks again and again until the answer is not null, at an even pace with `everyMs`; throws what `otherwise` says after
 * `deadlineMs`. For the outside of real processes, which can only be asked.
 */
export async function until<T>(
  ask: () => Promise<T | null>,
  options: { readonly deadlineMs?: number; readonly everyMs?: number; readonly otherwise?: () => string } = {},
): Promise<T> {
  const { deadlineMs = 45_000, everyMs, otherwise = () => "it did not come to pass" } = options;
  const begun = performance.now();
  for (let waitedMs = 0; waitedMs < deadlineMs; waitedMs = performance.now() - begun) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs ?? pauseAfter(waitedMs)));
  }
  throw new Error(`after ${deadlineMs} ms: ${otherwise()}`);
}

/** Who asks too often slows down what they wait for. */
function pauseAfter(waitedMs: number): number {
  return Math.min(250, Math.max(25, waitedMs / 10));
}
