/** Images as Terraform takes them on Google Cloud. @module */

/** An image, or a family of them. */
export interface GoogleImage {
  readonly name: string;
  /** Null when the name alone was given. */
  readonly project: string | null;
}

/** `md`, `my-lab/md`, `projects/my-lab/global/images/family/md`, and that with https://… before it. */
const FORM = new RegExp(
  "^(?:https://[^/]+/compute/\\w+/)?(?:(?:projects/)?(?!global/|family/)([^/]+)/)?" +
    "(?:global/images/)?(?:family/)?([^/]+)$",
);

/** Terraform looked for these in projects of their own; the Python tool's start-up scripts ran on no others. */
const PUBLIC_PROJECTS: readonly (readonly [prefix: string, project: string])[] = [
  ["ubuntu-", "ubuntu-os-cloud"],
  ["debian-", "debian-cloud"],
];

/** The image that a text means, or null when it is in none of Terraform's forms. */
export function googleImage(value: unknown): GoogleImage | null {
  const [, project = null, name = null] = typeof value === "string" ? FORM.exec(value) ?? [] : [];
  return name === null ? null : { name, project };
}

/** The project that an image is in, `own` where nothing says otherwise; null when it cannot be told. */
export function ownerOf(value: unknown, own: unknown): string | null {
  const image = googleImage(value);
  if (image === null) return null;
  const known = image.project ?? PUBLIC_PROJECTS.find(([prefix]) => image.name.startsWith(prefix))?.[1];
  return known ?? (typeof own === "string" ? own : null);
}
