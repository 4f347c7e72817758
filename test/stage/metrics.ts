// What a server or worker tells Prometheus.

/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export async function scrape(port: number): Promise<readonly Sample[]> {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!reply.ok) throw new Error(`metrics: ${reply.status}`);
  return samplesOf(await reply.text());
}

const LINE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(?<label>\w+)="(?<text>(?:[^"\\]|\\.)*)"/g;

/** The samples of Prometheus' text format; throws on a line that is none and no comment. */
export function samplesOf(text: string): readonly Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const { name = "", labels = "", value = "" } = LINE.exec(line)?.groups ?? {};
      if (name === "") throw new Error(`no sample: ${line}`);
      const pairs = [...labels.matchAll(LABEL)].map(({ groups }) => [groups?.["label"] ?? "", groups?.["text"] ?? ""]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value.replace("Inf", "Infinity")) };
    });
}

/** Of the sample with exactly these labels; null: there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number | null {
  const size = Object.keys(labels).length;
  const found = samples.filter(
    (one) =>
      one.name === name &&
      Object.keys(one.labels).length === size &&
      Object.entries(labels).every(([label, text]) => one.labels[label] === text),
  );
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} is there ${found.length} times`);
  return found[0]?.value ?? null;
}
