import type { ExportEntry } from '../model/facts.ts';
import { fact, type Probe } from '../model/probe.ts';
import { parseExports } from './exports-file.ts';
import { exitCodeOf, MAX_ROWS, nothing, type Section, section, sections } from './text.ts';

/**
 * What a node exports over NFS: `== file PATH` with the text of /etc/exports and each /etc/exports.d/*.exports, and `== kernel CODE`
 * with what exportfs(8) says of the kernel's table.
 */
export const exportTable = {
  name: 'exports',
  ask: {
    kind: 'child',
    deadlineMs: 10_000,
    sh: `
for file in /etc/exports /etc/exports.d/*.exports; do
  [ -f "$file" ] || continue
  printf '== file %s\\n' "$file"
  cat -- "$file" 2>/dev/null || { [ -n "\${sudo+x}" ] && $sudo cat -- "$file"; }
  echo
done
if command -v exportfs >/dev/null 2>&1; then
  table=$(\${sudo-} exportfs -s 2>&1) || table=$(\${sudo-} exportfs -v 2>&1)
  printf '== kernel %s\\n%s\\n' "$?" "$table"
fi`,
  },
  everyMs: 30_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const files = parts.filter(({ name }) => name === 'file');
    const kernel = section(parts, 'kernel');
    if (files.length === 0 && kernel === undefined) return nothing('exports', exitCode, 'no NFS server on this node');
    const fromFiles = files.flatMap((part) => parseExports('exports', part.text, part.rest, part.line));
    const fromKernel = kernel === undefined ? undefined : kernelTable(kernel);
    return fact({
      files: fromFiles.slice(0, MAX_ROWS),
      ...(fromKernel === undefined ? {} : { kernel: fromKernel.slice(0, MAX_ROWS) }),
    });
  },
} satisfies Probe<'exports'>;

/** Undefined where exportfs could not look: it ended with an error, or had nothing but complaints to print. */
function kernelTable(part: Section): readonly ExportEntry[] | undefined {
  const lines = part.text.split('\n');
  const isComplaint = (line: string): boolean => /^(?:exportfs|sudo): /.test(line);
  // `-v` wraps a long path: the client then stands alone on an indented line.
  const table = lines
    .filter((line) => !isComplaint(line))
    .join('\n')
    .replace(/\n[ \t]+(?=\S)/g, ' ')
    .replaceAll(' <world>', ' *')
    .replaceAll('\t<world>', ' *');
  const refused = exitCodeOf(part) !== 0 || (table.trim() === '' && lines.some(isComplaint));
  return refused ? undefined : parseExports('exports', table, 'kernel', part.line);
}
