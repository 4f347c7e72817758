/**
 * Asks again and again until the answer is not null; throws what `otherwise` says after `deadlineMs`. For the outside of real
 * processes, which can only be asked.
 */
export async function until<T>(
  ask: () => Promise<T | null>,
  options: { readonly deadlineMs?: number; readonly everyMs?: number; readonly otherwise?: () => string } = {},
): Promise<T> {
  const { deadlineMs = 45_000, everyMs = 50, otherwise = () => "it did not come to pass" } = options;
  const end = performance.now() + deadlineMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`after ${deadlineMs} ms: ${otherwise()}`);
}
