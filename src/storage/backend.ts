import type { DeviceIdentity } from '../model/condition.ts';
import type { AbsolutePath, DevicePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';

/** A filesystem to be made on a blank partition. */
export interface NewFilesystem {
  readonly disk: DeviceIdentity;
  readonly partition: DevicePath;
  readonly label: string;
  /** Chosen before it is made, so that what is mounted later in the same plan is this very filesystem. */
  readonly uuid: string;
  /** Share of the space that only root may fill; where the filesystem knows no such thing it is ignored. */
  readonly reservedPercent: number;
}

/** One kind of filesystem on a disk of its own. Members in this order: `name, program, package, labelLength, mountOptions, provision` and,
 * where it can grow while mounted, `grow`. */
export interface StorageBackend {
  readonly name: string;
  /** Makes it; without it the node cannot. */
  readonly program: string;
  /** The Debian package of the program. */
  readonly package: string;
  readonly labelLength: number;
  /** Options of a mount where the operator names none. */
  readonly mountOptions: readonly string[];
  provision(wish: NewFilesystem): Step;
  /** Grows it to the end of its device while it is mounted; the program is in the same package. */
  readonly grow?: {
    readonly program: string;
    readonly argv: (device: DevicePath, target: AbsolutePath) => readonly [string, ...string[]];
  };
}
