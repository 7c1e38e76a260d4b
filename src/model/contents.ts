/** What makes a file this file, whatever it is called: `DEVICE:INODE` of stat(2), in decimal. */
export type FileId = string;

/** What lies in a directory, as somebody who cleans up has to know it. */
export type Contents =
  | { readonly kind: 'none' }
  /** No directory, or one that cannot be entered; in words. */
  | { readonly kind: 'other'; readonly because: string }
  | {
      readonly kind: 'directory';
      readonly id: FileId;
      /** Without links on the way. */
      readonly path: string;
      /** What an ordinary user may still write there. */
      readonly freeBytes?: number;
      readonly entries: readonly Content[];
      /** Entries that are not told: their names are no text, or there are too many. */
      readonly untold: number;
    };

/** One entry of a directory. Sizes and ages of directories are those of all below them on the same filesystem. */
export interface Content {
  /** Any text without `/` and NUL; it may hold line ends and worse. */
  readonly name: string;
  readonly id: FileId;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  /** What is taken on the disk; undefined where it was not measured, or not in time. */
  readonly sizeBytes?: number;
  /** The last change of it or of anything below it; undefined as above. */
  readonly modifiedAtMs?: number;
}

/** A process that has an entry of a directory, or something below it, open. */
export interface Holder {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  /** The entry; of a name with a line end what stands before it. */
  readonly name: string;
}

/** The folder that takes what is set aside, within the directory it was in: `.muster-trash-20261122-120000`, in UTC. */
export const trashName = (atMs: number): string =>
  `.muster-trash-${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;

/** When a folder of that name was made; undefined for any other name. */
export function trashTime(name: string): number | undefined {
  const [, date = '', time = ''] = /^\.muster-trash-(\d{8})-(\d{6})$/.exec(name) ?? [];
  const atMs = Date.parse(
    `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
  );
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Who holds this entry. */
export const holdersOf = ({ name }: Pick<Content, 'name'>, holders: readonly Holder[]): readonly Holder[] =>
  holders.filter((holder) => holder.name.trim() === (name.split('\n', 1)[0] ?? '').trim());
