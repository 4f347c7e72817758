// "Did you mean …?" for keys and names.

/** The known name that a misspelt one most likely stands for; null when none is close. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = simple(word);
  const allowed = wanted.length <= 3 ? 1 : 2;
  let best: { name: string; steps: number } | null = null;
  for (const name of known) {
    const candidate = simple(name);
    if (Math.abs(candidate.length - wanted.length) > allowed) continue;
    const steps = distance(wanted, candidate);
    if (steps <= allowed && (best === null || steps < best.steps)) best = { name, steps };
  }
  return best === null ? null : best.name;
}

/** "did you mean X?" or, when nothing is close, `otherwise`. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  return meantBy(word, known) ?? otherwise;
}

/** `did you mean "prod"?`; null where none is near. */
export function meantBy(word: string, known: readonly string[]): string | null {
  const name = nearest(word, known);
  return name === null ? null : `did you mean "${name}"?`;
}

// depends_on, DependsOn and depends-on are all the same slip.
function simple(word: string): string {
  return word.slice(0, 64).toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Levenshtein distance, an exchange of neighbours counted as one step. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line: number[] = [];
    for (let column = 0; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = isSwap ? cell(older, column - 2) : Number.POSITIVE_INFINITY;
      const oneOff = Math.min(cell(before, column), cell(line, column - 1), swap) + 1;
      line.push(Math.min(oneOff, cell(before, column - 1) + change));
    }
    older = before;
    before = line;
  }
  return cell(before, b.length);
}

/** Outside of the table nothing can be reached. */
function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
