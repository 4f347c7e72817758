// A backup of the embedded database: written beside it first, since nobody is served while it is read, and a reader may be slow.

import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ownVersion } from "./cli/version.ts";
import type { Ground } from "./ground.ts";
import type { HttpDeps } from "./http/http-deps.ts";
import { translate } from "./store/errors.ts";
import { BACKUP_DRAFT } from "./store/open.ts";

export function backingUp({ config: { database }, archive }: Pick<Ground, "config" | "archive">): HttpDeps["backUp"] {
  if (database.kind === "server" || archive === null) return null;
  return async () => {
    const path = join(database.dataDir, `${BACKUP_DRAFT}${randomUUID()}`);
    const discard = (): Promise<void> => rm(path, { force: true });
    try {
      const written = await archive(path, ownVersion());
      const hash = createHash("sha256");
      for await (const piece of createReadStream(path)) hash.update(piece);
      const { size: bytes } = await stat(path);
      return { ...written, path, bytes, digest: hash.digest("base64"), [Symbol.asyncDispose]: discard };
    } catch (error) {
      await discard();
      throw translate(error);
    }
  };
}
