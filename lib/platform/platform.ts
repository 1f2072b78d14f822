/** What a platform is: all that the rest of xcore knows of it before it is loaded. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import type { ExtraPrices } from "../price/hourly_cost.ts";
import type { Runtime } from "../runtime.ts";
import type { Base } from "./base.ts";
import type { Interruption } from "./interruption.ts";
import type { Provider } from "./provider.ts";

/** What a provider and a base are made from. */
export interface PlatformOptions<C extends Config = Config> {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: C;
  /** A person's wish to stop; undefined: no person runs this. */
  readonly interruption?: Interruption | undefined;
}

/** What a verb may ask of a platform, in place of its name. */
export interface PlatformTraits {
  /**
   * Whether instances are machines of a cloud: SSH reaches them, their consoles are late, and
   * resources can stay there when all files here are gone. False: they are processes of this
   * machine.
   */
  readonly machines: boolean;
  /** Whether accelerators are attached to a machine type; else a type has them or has none. */
  readonly attachesAccelerators: boolean;
  /** Names of the regions that it is known to have; none: it has no regions, or they are not known. */
  readonly regions: readonly string[];
  /** What it takes beside a machine's price; null: nothing costs. */
  readonly extraPrices: ExtraPrices | null;
}

/** What a cloud's machines take to boot with. */
export interface UserDataFormat {
  /** As `provider` in config.yaml names it. */
  readonly cloud: string;
  /** The most bytes it takes, before base64. */
  readonly maxBytes: number;
  /**
   * Whether it is compressed, and an instance decompresses it; else an instance runs it as it is.
   */
  readonly gzip: boolean;
  /** Names of the machine types with ARM processors, which install other packages. */
  readonly armTypes: RegExp;
}

/** The least that an account has to be allowed. */
export interface LeastPolicy {
  /** Its file in the repository, as the cloud's own tool reads it. */
  readonly path: string;
  /** The name of the file that it is written to, in the commands. */
  readonly file: string;
  /** What makes it of that file. */
  readonly command: string;
}

/** Options of `xcore init` that some platforms have, by their names there. */
export type InitOption = "region" | "zone" | "project" | "allowed-cidr" | "public-key" | "upgrade" | "policy";

/**
 * A place where instances come from. One is a folder beside this file and a line in platforms.ts;
 * what it must do is said by {@linkcode Provider} and {@linkcode Base}. It is cheap to import:
 * provider and base are loaded when they are made.
 */
export interface Platform<C extends Config = Config> {
  /** As `provider` in config.yaml has it. */
  readonly name: string;
  /** In a sentence: `this machine`. */
  readonly title: string;
  readonly traits: PlatformTraits;
  /** The options of `xcore init` that have an effect with it. */
  readonly initOptions: readonly InitOption[];
  /**
   * Names of environment variables that its credentials are found by: a daemon is given them. Null:
   * it has none.
   */
  readonly credentialVariables: RegExp | null;
  /** How it takes what an instance boots with; null: nothing boots. */
  readonly userData: UserDataFormat | null;
  /**
   * The folder of its templates below terraform/, and the name of its template in packer/; null: it
   * has none.
   */
  readonly templates: string | null;
  /** The page of the documentation from an account to a job; null: it takes none. */
  readonly guide: string | null;
  /** What an account has to be allowed; null: nothing. */
  readonly policy: LeastPolicy | null;
  /** How to give the workers a GPU: a sentence with the command to type. */
  readonly gpuHint: string;
  /** Launches, lists and terminates workers. */
  provider(options: PlatformOptions<C>): Promise<Provider>;
  /** Makes and removes all else. */
  base(options: PlatformOptions<C>): Promise<Base>;
}
