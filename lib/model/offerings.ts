/** What a provider has to offer: machine types, and zones to launch them in. @module */

/** What is known of a machine type. */
export interface MachineType {
  /** `c5.xlarge`. */
  readonly name: string;
  readonly cores: number;
  /** The accelerator that is part of it, `T4`, or null. */
  readonly accelerator: string | null;
  /** How many of them it has. */
  readonly acceleratorCount: number;
}

/** What a provider has to offer to one cluster. */
export interface Offerings {
  /** Zones to launch in where a person names none, in the order to try; empty: the provider chooses. */
  readonly zones: readonly string[];
  /** Facts of the types that were asked for, by name; one that does not exist, or says nothing of itself, is missing. */
  readonly types: Readonly<Record<string, MachineType>>;
  /** Of those that were asked for, the ones known not to exist, with the names that may have been meant, the likeliest first. */
  readonly missing?: Readonly<Record<string, readonly string[]>>;
  /** Of the accelerators that were asked for, those that no zone here attaches; each with the ones that are attached. */
  readonly lacking?: Readonly<Record<string, readonly string[]>>;
}

/** Of a provider that has nothing to choose from. */
export const NO_OFFERINGS: Offerings = { zones: [], types: {} };
