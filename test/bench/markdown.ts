import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Figure, rowOf, TITLES } from './figure.ts';
import { projectRoot } from './pty.ts';

const BEGIN = '<!-- figures: written by npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** Puts the figures between the markers of docs/performance.md; the prose around them stays. */
export function writeFigures(figures: readonly Figure[], missing: readonly string[]): void {
  const path = join(projectRoot, 'docs', 'performance.md');
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${path} has no markers for the figures`);
  writeFileSync(path, `${text.slice(0, from + BEGIN.length)}\n\n${block(figures, missing)}\n${text.slice(to)}`);
}

function block(figures: readonly Figure[], missing: readonly string[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const notes = figures.filter(({ note }) => note !== undefined).map(({ name, note }) => `- ${name}: ${note}.`);
  return [
    machine(),
    '',
    line(TITLES),
    line(TITLES.map(() => '---')),
    ...figures.map((figure) => line(rowOf(figure))),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(missing.length === 0 ? [] : ['', ...missing.map((each) => `- ${each}`)]),
    '',
  ].join('\n');
}

function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}: ${cpus().length} cores (${cpu?.model.trim()}), ${memory} GiB, Linux ${release()}, Node ${process.versions.node}.`;
}
