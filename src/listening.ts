// Listening where the configuration says.

import { ConfigMistake, type ListenAt } from "./config.ts";

/** What the system says about the address to listen on becomes a sentence about the variable. */
export async function explained<T>({ host, port, variables }: ListenAt, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EADDRINUSE") {
      const remedy = "stop what listens there (another `slipway serve`?), or set another port";
      throw new ConfigMistake(variables.port, `${port} is in use: ${remedy}`);
    }
    if (code === "EACCES") throw new ConfigMistake(variables.port, `${port} may not be used here; set one above 1023`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new ConfigMistake(variables.host, `${host} is no address of this machine; 127.0.0.1 is`);
    }
    throw error;
  }
}
