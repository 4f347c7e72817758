/**
 * A shorter secret stands in every other text by chance: taking it out would spoil texts and tell more than it hides. So none is accepted, neither
 * as a credential nor as the value of a secret parameter.
 */
export const SECRET_LEAST = 6;
