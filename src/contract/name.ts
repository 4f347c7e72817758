// What a name may be, for those who check it while it is typed: nothing here but the rule.

export const NAME_PATTERN = /^(?=.{1,63}$)[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

export const NAME_RULE =
  "must be a name of at most 63 characters: lower-case letters, digits and hyphens, a letter first and no hyphen last";
