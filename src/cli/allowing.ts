// Protected members that are in the way: what the server says of them, with the options that let their machines go.

import { Refused } from "./client.ts";

/** The server's no to what would replace a protected member, with a remedy in place of the one for whoever asks without a command line. */
export async function withRemedy<T>(
  act: () => Promise<T>,
  remedied: (detail: string, member: string) => string,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== "protected") throw error;
    const [, member] = /: (\S+) is protected, /.exec(error.problem.detail) ?? [];
    if (member === undefined) throw error;
    const detail = remedied(error.problem.detail, member);
    throw new Refused(error.exitCode, { ...error.problem, detail });
  }
}

export const allowOption = (member: string): string => `--allow-replace ${member}`;
