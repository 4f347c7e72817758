// How a command ends when it cannot do what was asked: one line that says what is wrong, lines that say where and what to
// do about it, and an exit code that scripts can rely on.

export const EXIT = {
  /** Done; of a launch that was watched or waited for: everything runs. */
  done: 0,
  /** The launch failed or was rolled back; or the server could not do what was asked. */
  failed: 1,
  /** The command line, a file or the blueprint is wrong: nothing was begun. */
  badInput: 2,
  /** The server cannot be reached, or does not accept the token. */
  noAccess: 3,
  /** A partial launch has settled: some instances run, some failed. */
  incomplete: 4,
  /** What was watched has ended, but machines of it are not proven gone. */
  owing: 5,
  /** Ctrl-C: whatever was watched goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `--help` and docs/cli.md. */
export const EXIT_TEXTS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "done; with --watch or --wait: everything runs"],
  [EXIT.failed, "the launch failed or was rolled back; or the request was refused"],
  [EXIT.badInput, "bad input: command line, file or blueprint; nothing was begun"],
  [EXIT.noAccess, "the server cannot be reached or does not accept the token"],
  [EXIT.incomplete, "incomplete: a partial launch settled, some instances failed"],
  [EXIT.owing, "it has ended, but machines of it are not proven gone: slipway debt ls"],
  [EXIT.interrupted, "interrupted by Ctrl-C; the launch goes on"],
];

/** Shown as `slipway: message`, with each of `details` on a line of its own below it. */
export class Complaint extends Error {
  override readonly name = "Complaint";
  readonly exitCode: ExitCode;
  readonly details: readonly string[];

  constructor(exitCode: ExitCode, message: string, more: { details?: readonly string[]; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.exitCode = exitCode;
    this.details = more.details ?? [];
  }
}

export function badInput(message: string, ...details: string[]): Complaint {
  return new Complaint(EXIT.badInput, message, { details });
}
