import type { LocalFile } from './local-file.ts';
import { quote } from './quote.ts';

/**
 * What a step runs on a node: an argument vector, never a line for a shell, e.g. `{ argv: ['mkfs.ext4', '-L', 'data', '/dev/sdb1'] }`.
 * `stdin` is fed to it and ends.
 */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string;
  /** Instead of `stdin`: this file, read when the step starts and fed to it as base64. It stands in no plan, journal or log. */
  readonly localFile?: LocalFile;
  /**
   * What it makes, changes or removes that must outlive a power cut: the node brings it to the disk before it tells that the command has ended. Each
   * path counts with the folders above it; `FOLDER/*` is all files in it, with a slash behind it all directories. What is on no disk of the node is left out.
   */
  readonly onDisk?: readonly string[];
  /** Values that must never be seen: masked in plans, logs, journal and on the screen. They may stand in `stdin` only, never in `argv`. */
  readonly secrets?: readonly string[];
}

/** Shorthand for a command without input. */
export const cmd = (program: string, ...rest: readonly string[]): Command => ({ argv: [program, ...rest] });

/** A command, and what must be on the disk before it has ended. */
export const lasting = (command: Command, ...onDisk: readonly string[]): Command => ({ ...command, onDisk });

/** The command as an admin would type it, secrets masked: for plans, journal and log. */
export const describeCommand = ({ argv, secrets }: Command): string => mask(quote(argv), secrets);

/** A text with every secret replaced. Short ones are masked too: a wrong mask is better than a shown secret. */
export function mask(text: string, secrets: readonly string[] = []): string {
  return (
    secrets
      .filter((secret) => secret !== '')
      // The longest first: one that begins another would leave the rest of it to be read.
      .toSorted((a, b) => b.length - a.length)
      .reduce((masked, secret) => masked.replaceAll(secret, '******'), text)
  );
}
