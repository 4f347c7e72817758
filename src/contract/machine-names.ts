// Machines in a sentence. Each attempt has one of every instance, so that the instance's name alone may mean several.

interface Named {
  readonly id: string;
  /** Null for a stray. */
  readonly instance: string | null;
  /** Null where that is not known. */
  readonly attempt: number | null;
}

/** Their names by id: of the instance, and of its attempt or of the machine where another of them is of the same. */
export function namesApart(machines: readonly Named[]): ReadonlyMap<string, string> {
  const named = [...Map.groupBy(machines, ({ instance }) => instance)].flatMap(([instance, of]) => {
    if (instance === null) return of.map(({ id }) => [id, id] as const);
    if (of.length === 1) return of.map(({ id }) => [id, instance] as const);
    const attempts = new Set(of.map(({ attempt }) => attempt));
    const isPlain = attempts.size === of.length && !attempts.has(null);
    return of.map(
      ({ id, attempt }) => [id, isPlain ? `${instance} of attempt ${attempt}` : `${instance} (${id})`] as const,
    );
  });
  return new Map(named);
}
