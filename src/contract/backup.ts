// Headers of a backup.

/** Of which moment it is. */
export const BACKUP_AT = "Slipway-Backup-At";
/** How many rows it has. */
export const BACKUP_ROWS = "Slipway-Backup-Rows";
