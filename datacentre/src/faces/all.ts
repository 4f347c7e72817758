// The faces that there are.

import type { Face } from "./face.ts";
import { plainFace } from "./plain/face.ts";

export const FACES: readonly Face[] = [plainFace];
