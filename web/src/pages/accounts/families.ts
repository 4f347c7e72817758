// Limits of families as text: one a line, NAME=NUMBER.

export function familiesText(families: Readonly<Record<string, number>>): string {
  return Object.entries(families)
    .map(([name, most]) => `${name}=${most}`)
    .join("\n");
}

/** What is no number comes out as none, which the server refuses. */
export function familiesOf(text: string): Record<string, number> {
  const lines = text.split("\n").map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const at = line.lastIndexOf("=");
        return at === -1 ? [line, Number.NaN] : [line.slice(0, at).trim(), Number(line.slice(at + 1))];
      }),
  );
}
