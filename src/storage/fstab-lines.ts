import { type FstabEntry, fstabLine, parseFstab } from '../model/fstab.ts';
import { fstabOptions, type MountWish } from './mount-wish.ts';

/** What stands above a line that was not there before muster wrote it, so that it can be told from those of others. */
const markOf = (target: string): string => {
  const [, escaped = ''] = fstabLine({ source: '-', target, fsType: '-', options: [] }).split(' ');
  return `# Managed by muster, the line below: ${escaped}`;
};

/** The text of fstab with our line: in the place of the line for the same target, else at the end under a mark. Everything else stays as it is. */
export function withFstabLine(text: string, wish: MountWish): string {
  const line = fstabLine({
    source: wish.source,
    target: wish.target,
    fsType: wish.fsType,
    options: fstabOptions(wish),
  });
  const [own, ...doubles] = linesFor(text, wish.target);
  if (own === undefined)
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${markOf(wish.target)}\n${line}\n`;
  const dropped = new Set(doubles.map((entry) => entry.line));
  return text
    .split('\n')
    .flatMap((old, index) => (index + 1 === own.line ? [line] : dropped.has(index + 1) ? [] : [old]))
    .join('\n');
}

/** The text of fstab without any line for the target, nor its mark. */
export function withoutFstabLine(text: string, target: string): string {
  const dropped = new Set(linesFor(text, target).map(({ line }) => line));
  return text
    .split('\n')
    .filter((line, index) => !dropped.has(index + 1) && line !== markOf(target))
    .join('\n');
}

/** Lines of fstab for a target. */
export const linesFor = (text: string, target: string): readonly FstabEntry[] =>
  parseFstab(text).filter((entry) => entry.target.replace(/(.)\/+$/, '$1') === target);

/** Targets of lines that muster added, and those alone: a mark whose line is another's by now means nothing. */
export function ownFstabTargets(text: string): readonly string[] {
  const lines = text.split('\n');
  return parseFstab(text).flatMap(({ target, line }) => (lines[line - 2] === markOf(target) ? [target] : []));
}
