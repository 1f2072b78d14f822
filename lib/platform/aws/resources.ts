/** What a cluster stands on in AWS, by what it is. @module */

/** In the order in which they can be removed: each only when what is before it is gone. */
export const THINGS = [
  "instance",
  "volume",
  "key pair",
  "network interface",
  "security group",
  "subnet",
  "route table",
  "internet gateway",
  "vpc",
] as const;

/** A kind of thing. */
export type Thing = typeof THINGS[number];
