// Readers of the values of an instance, used when they are written out and again when parameters have filled them in.

import { HARDWARE } from "./model.ts";
import { text, wholeNumber } from "./reader.ts";

/** Members of one group; two digits fit behind a name. */
export const COUNT_MOST = 50;
export const COUNT = wholeNumber(1, COUNT_MOST);
export const PORT = wholeNumber(1, 65_535);
export const ACCELERATORS = wholeNumber(HARDWARE.accelerators.least, HARDWARE.accelerators.most);
export const IMAGE = text("must be the name of an image, without blanks, such as debian-12", /^\S{1,256}$/);
export const PROFILE_NAME = text("must be the name of a hardware profile, such as small", /^\S{1,64}$/);
/** Empty: any kind. */
export const ACCELERATOR_KIND = text(
  "must be the cloud's name of a kind of accelerator, such as a100",
  /^[\w.-]{1,64}$/,
);
export const HTTP_PATH = {
  ...text("must be a path that begins with a slash, such as /healthz", /^\/\S{0,1023}$/),
  fallback: "/",
};
export const ARCHITECTURE = {
  ...text("must be the name of an architecture, such as x86_64 or arm64", /^\w{1,32}$/),
  fallback: "x86_64",
};
