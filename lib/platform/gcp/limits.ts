/** What Google's cloud allows. @module */

import type { UserDataFormat } from "../platform.ts";
import type { Pace } from "../provider.ts";

/**
 * 1,500 calls a minute and group (https://cloud.google.com/compute/api-quota) would bear more; a
 * listing is late by some seconds at most; an instance takes up to two minutes to stop.
 */
const PACE: Pace = { listWhenChangingS: 3, listWhenSteadyS: 15, goneAfterS: 30, terminateAgainS: 180 };

/**
 * 256 KB for one metadata value (Compute Engine, metadata limits), which Google's agent runs as it
 * finds it.
 */
const USER_DATA: UserDataFormat = { cloud: "gcp", maxBytes: 262_144, gzip: false };

/** Kinds of SSH keys: Compute Engine's guests take what their OpenSSH takes (Create SSH keys). */
const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"];

/** The limits of Google's cloud. */
export const limits = { pace: PACE, userData: USER_DATA, keyKinds: KEY_KINDS } as const;
