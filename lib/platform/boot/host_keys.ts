/** The keys by which SSH knows a machine, as its console shows them. Pure. @module */

/**
 * The lines that cloud-init puts around them (cloud-init, module keys_to_console), and boot.sh
 * does, too.
 */
const BEGIN = "-----BEGIN SSH HOST KEY KEYS-----";
const END = "-----END SSH HOST KEY KEYS-----";

const KEY = /\b(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) (AAAA[A-Za-z0-9+/]+={0,2})/;

/**
 * The host keys that a console shows, `ssh-ed25519 AAAA…`; empty when there are none. What stands
 * before one on its line is a log's. Those that came first count: a key does not change.
 *
 * @param text what was printed on the console
 */
export function hostKeys(text: string): string[] {
  for (let from = text.indexOf(BEGIN); from >= 0; from = text.indexOf(BEGIN, from + 1)) {
    const to = text.indexOf(END, from);
    if (to < 0) return []; // it is still being shown
    const keys = text.slice(from, to).split("\n").flatMap((line) => {
      const [, kind, blob = ""] = KEY.exec(line) ?? [];
      return kind !== undefined && kindOfKey(blob) === kind ? [`${kind} ${blob}`] : [];
    });
    if (keys.length > 0) return [...new Set(keys)];
  }
  return [];
}

/** The kind of a public key that is written in the key itself; null when it is none. */
export function kindOfKey(blob: string): string | null {
  try {
    const bytes = Uint8Array.fromBase64(blob);
    const length = new DataView(bytes.buffer).getUint32(0);
    return new TextDecoder().decode(bytes.subarray(4, 4 + length));
  } catch {
    return null; // no base64, or too short
  }
}
