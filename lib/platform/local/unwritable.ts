/** Folders in which nothing can be written, for want of room or of permission. @module */

/** True when something could not be written for want of room or of permission. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    ["EROFS", "ENOSPC", "EDQUOT"].includes((error as { code?: string }).code ?? "");
}
