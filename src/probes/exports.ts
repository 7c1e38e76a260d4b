import { ParseError } from '../model/errors.ts';
import type { ExportEntry, ExportTable } from '../model/facts.ts';
import { fact, type Probe } from '../model/probe.ts';
import { parseExports } from './exports-file.ts';
import { exitCodeOf, MAX_ROWS, nonEmptyLines, nothing, present, type Section, section, sections } from './text.ts';

const NAME = 'exports';

/**
 * What a node exports over NFS: `== file PATH` with the text of /etc/exports and each /etc/exports.d/*.exports, and `== kernel CODE`
 * with what exportfs(8) says of the kernel's table.
 */
export const exportTable = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    early: `
lacks exportfs && [ ! -e /etc/exports ] || return
for file in /etc/exports.d/*.exports; do [ ! -e "$file" ] || return 1; done`,
    sh: `
for file in /etc/exports /etc/exports.d/*.exports; do
  [ -f "$file" ] || continue
  printf '== file %s\\n' "$file"
  head -c 500000 -- "$file" 2>/dev/null || { [ -n "\${sudo+x}" ] && $sudo head -c 500000 -- "$file"; }
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
    if (files.length === 0 && kernel === undefined) return nothing(NAME, exitCode, 'no NFS server on this node');
    const parsed = files.map(({ text, rest }) => parseExports(text, rest));
    const entries = parsed.flatMap((file) => file.entries).slice(0, MAX_ROWS);
    const problems = parsed.flatMap((file) => file.problems).slice(0, MAX_ROWS);
    // One wrong line is the admin's slip, nothing but wrong lines is no exports file.
    if (problems.length > 0 && entries.length === 0) throw new ParseError(NAME, 1, problems[0] ?? '');
    return fact({
      files: entries,
      ...present<Partial<ExportTable>>({
        kernel: kernel === undefined ? undefined : kernelTable(kernel),
        problems: problems.length > 0 ? problems : undefined,
      }),
    });
  },
} satisfies Probe<'exports'>;

/** Undefined where exportfs could not look: it ended with an error, or had nothing but complaints to print. */
function kernelTable(part: Section): readonly ExportEntry[] | undefined {
  const { table, complaints } = withoutComplaints(part.text);
  if (exitCodeOf(part) !== 0 || (table === '' && complaints > 0)) return undefined;
  const { entries, problems } = parseExports(table, 'kernel');
  if (problems.length > 0) throw new ParseError(NAME, part.line, problems[0] ?? '');
  return entries;
}

/** Complaints begin with the command's name and go on in indented lines. `-v` wraps a long path: its client then stands indented. */
function withoutComplaints(text: string): { readonly table: string; readonly complaints: number } {
  const lines: string[] = [];
  let complaints = 0;
  let isComplaint = false;
  for (const line of nonEmptyLines(text)) {
    const isIndented = /^[ \t]/.test(line);
    if (!isIndented) isComplaint = /^(?:exportfs|sudo): /.test(line);
    if (isComplaint) complaints += 1;
    else if (isIndented && lines.length > 0) lines.push(`${lines.pop() ?? ''} ${line.trim()}`);
    else lines.push(line);
  }
  return { table: lines.map((line) => line.replace(/([ \t])<world>/g, '$1*')).join('\n'), complaints };
}
