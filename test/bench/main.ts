// What muster costs and how it compares: `npm run bench`, or `node test/bench/main.ts PART…`. With --write the table goes into
// docs/performance.md. Every part ends by itself and leaves nothing behind.
import { type Figure, type Part, rowOf, TITLES } from './figure.ts';
import { writeFigures } from './markdown.ts';
import { parts } from './registry.ts';

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(', ')}; there are: ${parts.map(({ name }) => name).join(' ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
const missing: string[] = [];
for (const part of parts.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.error(`${part.name}: ${part.what}`);
  await measure(part);
}
printTable(figures);
for (const line of missing) console.log(line);
if (process.argv.includes('--write')) writeFigures(figures, missing);

async function measure(part: Part): Promise<void> {
  try {
    const result = await part.run();
    figures.push(...result.figures);
    missing.push(...(result.missing ?? []));
  } catch (error) {
    missing.push(`${part.name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function printTable(all: readonly Figure[]): void {
  const rows = [TITLES, ...all.map(rowOf)];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  for (const { name, note } of all) if (note !== undefined) console.log(`- ${name}: ${note}`);
}
