import { readFileSync, writeFileSync } from 'node:fs';
import { views } from '../views/registry.ts';
import { actions } from './actions/registry.ts';
import { actionsTable } from './actions-markdown.ts';
import { optionsOf } from './cli/action-options.ts';
import { commandHelp, optionLines } from './cli/help.ts';
import { commands } from './cli/registry.ts';
import { generateSchema } from './config/schema.ts';
import { rules } from './diagnosis/registry.ts';
import { findingsMarkdown } from './findings-markdown.ts';
import { probes } from './probes/registry.ts';
import { probesMarkdown, probesTable } from './probes-markdown.ts';
import { firstKeysMarkdown, keysMarkdown } from './ui/keys-markdown.ts';

const root = new URL('../', import.meta.url);

/** Every generated file of the tree, by path from its top. `test/generated.test.ts` fails while one is stale. */
export async function generatedFiles(): Promise<{ readonly [path: string]: string }> {
  return {
    'views/KEYS.md': keysMarkdown(views),
    'inventory/schema.json': generateSchema(),
    'docs/commands.md': await commandsMarkdown(),
    'docs/probes.md': probesMarkdown(probes),
    'docs/findings.md': findingsMarkdown(rules),
    'README.md': withBlock('README.md', 'keys', firstKeysMarkdown(views)),
    'docs/actions.md': withBlock('docs/actions.md', 'actions', actionsTable(actions)),
    'docs/how-it-reaches-nodes.md': withBlock('docs/how-it-reaches-nodes.md', 'probes', probesTable(probes)),
  };
}

/** A document as it is, with what stands between `<!-- NAME:start -->` and `<!-- NAME:end -->` made anew. */
function withBlock(path: string, name: string, block: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const text = readFileSync(new URL(path, root), 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has lost the lines ${start} and ${end}; put them back`);
  return `${text.slice(0, from + start.length)}\n\n${block}\n\n${text.slice(to)}`;
}

async function commandsMarkdown(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return [
    '# Commands',
    '',
    'Generated from the command table by `npm run generate`.',
    '',
    'Exit codes: 0 all well, 1 findings of warning or worse, or a rollout in which not every node succeeded, 2 usage or inventory error, or a plan that was not confirmed, 3 some node could not be reached or did not answer in time, or a plan refuses, 70 a fault of muster, 130 left with ctrl-c.',
    '',
    ...all.flatMap((command) => [`## muster ${command.name}`, '', '```', commandHelp(command), '```', '']),
    '# Actions',
    '',
    'Fields of the actions as options of `muster plan ACTION` and `muster apply ACTION`; in the console the same fields are a form.',
    '',
    ...actions.flatMap((action) => [
      `## ${action.name}`,
      '',
      `${action.summary[0]?.toUpperCase()}${action.summary.slice(1).replace(/\.$/, '')}.`,
      '',
      '```',
      ...optionLines(optionsOf(action)),
      '```',
      '',
    ]),
  ].join('\n');
}

/** Writes what is stale and says which. */
async function writeAll(): Promise<void> {
  for (const [path, text] of Object.entries(await generatedFiles())) {
    const file = new URL(path, root);
    if (readOr(file, '') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}

function readOr(file: URL, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

if (process.argv[1]?.endsWith('generate.js')) await writeAll();
