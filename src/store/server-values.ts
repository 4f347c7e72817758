// Values on their way to a server and back, as text.

/** As PostgreSQL reads it where the type of a parameter is known. Throws a RangeError for a date that is none. */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `{${value.map(elementText).join(",")}}`;
  return JSON.stringify(value);
}

function elementText(value: unknown): string {
  if (Array.isArray(value)) return parameterText(value) ?? "NULL";
  const text = parameterText(value);
  return text === null ? "NULL" : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** ISO 8601, but for years that have no four digits: PostgreSQL knows neither their sign nor a year nought. */
function dateText(date: Date): string {
  const text = date.toISOString();
  if (text.startsWith("+")) return text.slice(1).replace(/^0+/, "");
  if (!text.startsWith("-") && !text.startsWith("0000")) return text;
  const end = text.indexOf("-", 1);
  return `${String(1 - Number(text.slice(0, end))).padStart(4, "0")}${text.slice(end)} BC`;
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);
/** `2026-12-01 10:26:40` */
const SECONDS_END = 19;
const UTC = "+00";

/** A moment as PostgreSQL writes it in the zone of UTC, `2026-12-01 10:26:40.123456+00`, in whole ms; null for one of another form. */
export function dateOf(text: string): Date | null {
  const end = text.length - UTC.length;
  if (end < SECONDS_END || text.charCodeAt(4) !== 45 || text.charCodeAt(10) !== 32 || !text.endsWith(UTC)) return null;
  const year = two(text, 0) * 100 + two(text, 2);
  // To `Date.UTC` that would be one of the last century.
  if (year < 100) return null;
  const fraction = (at: number): number => (SECONDS_END + at < end ? digit(text, SECONDS_END + at) : 0);
  const ms = fraction(1) * 100 + fraction(2) * 10 + fraction(3);
  return new Date(Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17), ms));
}
