// EC2 limits vCPUs by family of types, spot ones apart. https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html

export const FAMILIES = ["standard", "f", "g", "p", "x", "inf", "trn", "dl", "hpc", "mac", "high-memory"] as const;

/** Letters before the first digit, where more than the first one of them counts. */
const BY_LETTERS: ReadonlyMap<string, string> = new Map([
  ["inf", "inf"],
  ["trn", "trn"],
  ["dl", "dl"],
  ["hpc", "hpc"],
  ["mac", "mac"],
  ["vt", "g"],
  ["u", "high-memory"],
]);

const STANDARD = "acdhimrtz";

export function familyOf(type: string): string {
  const letters = /^[a-z]+/.exec(type)?.[0] ?? "";
  const [first = ""] = letters;
  return BY_LETTERS.get(letters) ?? (STANDARD.includes(first) ? "standard" : first);
}

export const dimensionOf = (type: string, isSpot: boolean): string => `cpu/${isSpot ? "spot-" : ""}${familyOf(type)}`;

/** A spot offer is refused and blocked by itself, so it has a name of its own. */
const SPOT = "/spot";

export const sizeName = (type: string, isSpot: boolean): string => (isSpot ? `${type}${SPOT}` : type);

export const typeIn = (size: string): string => (size.endsWith(SPOT) ? size.slice(0, -SPOT.length) : size);
