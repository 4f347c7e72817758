// Sealing of credentials, secret parameters and requests that carry them.

export interface Secrets {
  /** Encrypts; the same text seals differently each time. */
  seal(text: string): string;
  /** Opens what `seal` made. Throws when the text was sealed with another key or was changed. */
  open(sealed: string): string;
}
