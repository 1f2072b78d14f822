/** The one place that knows the X.509 package. Loading it takes 0.1 s, so it waits until somebody needs it. @module */

import type * as X509 from "npm:@peculiar/x509@2.2.0";

/** Loads the X.509 package; the second time costs nothing. */
export async function loadX509(): Promise<typeof X509> {
  // The package reads Reflect's metadata while it loads, so this comes first.
  await import("npm:reflect-metadata@0.2.2");
  return await import("npm:@peculiar/x509@2.2.0");
}

/** A certificate that has been read. */
export type Certificate = X509.X509Certificate;
