/** One line of fstab(5) that names a mount; comments and empty lines are none. */
export interface FstabEntry {
  readonly source: string;
  readonly target: string;
  readonly fsType: string;
  readonly options: readonly string[];
  /** 1-based. */
  readonly line: number;
}

/** The entries in file order; a line with fewer than three fields is no entry, as for mount(8). */
export function parseFstab(text: string): readonly FstabEntry[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [source, target, fsType, options = 'defaults'] = line.split(/[ \t]+/, 5).map(unescaped);
    if (source === undefined || target === undefined || fsType === undefined) return [];
    return [{ source, target, fsType, options: options.split(',').filter(Boolean), line: index + 1 }];
  });
}

/** One line of fstab(5): blanks and backslashes in octal, no dump, no check at boot for what is not the root. */
export function fstabLine(entry: Omit<FstabEntry, 'line'>, passNumber = 0): string {
  const options = entry.options.length === 0 ? 'defaults' : entry.options.join(',');
  return `${[entry.source, entry.target, entry.fsType, options].map(escaped).join(' ')} 0 ${passNumber}`;
}

const escaped = (field: string): string =>
  field.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

const unescaped = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
