import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { CliValues } from './cli/command.ts';
import { nodeIo } from './config/node-io.ts';
import { configFolder, homeOf, searchPlaces } from './config/places.ts';
import { UsageError } from './model/errors.ts';
import { neutralise } from './model/neutralise.ts';

interface Offer {
  readonly title: string;
  readonly accept: () => Promise<CliValues>;
}

/**
 * Where nothing was named: the inventory in the documented places, else a choice between what other tools have on this machine and the
 * demo. An import is written to the user's configuration folder, so that the next start finds it. Undefined: the operator left.
 */
export async function chooseFleet(values: CliValues): Promise<CliValues | undefined> {
  const { env } = process;
  const home = homeOf(env);
  const { inventory, offered, searched } = searchPlaces({ env, cwd: process.cwd(), home }, nodeIo);
  if (inventory !== undefined) return { ...values, inventory: inventory.path };

  const target = join(configFolder({ env, home }), 'inventory.yaml');
  const offers: readonly Offer[] = [
    ...offered.map(({ path, name }) => ({
      title: `import the Ansible inventory ${path} (${name}) to ${target}`,
      accept: async () => ({ ...values, inventory: await importTo(target, async () => await ansibleInventory(path)) }),
    })),
    ...(existsSync(join(home, '.ssh', 'config'))
      ? [
          {
            title: `import the hosts of ~/.ssh/config to ${target}`,
            accept: async () => ({
              ...values,
              inventory: await importTo(target, async () => (await import('./config/import.ts')).importSshConfig(env)),
            }),
          },
        ]
      : []),
    { title: 'look at the demo fleet', accept: async () => ({ ...values, demo: true }) },
  ];
  const lines = [
    ...lookedAt(
      searched.map(({ name }) => name),
      process.stdout.columns || 80,
    ),
    ...offers.map(({ title }, index) => `  ${index + 1}  ${title}`),
    '  q  leave (muster init writes a commented first inventory)',
    '',
  ];
  process.stdout.write(lines.map((line) => `${neutralise(line)}\n`).join(''));
  return await ask(offers);
}

/** The sentence in lines that end between two places, not within one. */
function lookedAt(places: readonly string[], width: number): readonly string[] {
  const lines = ['muster: no inventory yet. Looked at:'];
  for (const [index, place] of places.entries()) {
    const word = ` ${place}${index < places.length - 1 ? ',' : ''}`;
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > width) lines.push(` ${word}`);
    else lines[lines.length - 1] = line + word;
  }
  return lines;
}

async function ask(offers: readonly Offer[]): Promise<CliValues | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const answer = (
        await terminal.question(`? 1${offers.length > 1 ? ` to ${offers.length}` : ''} or q, then Enter: `)
      ).trim();
      if (answer === 'q' || answer === '') return undefined;
      const offer = offers[Number(answer) - 1];
      if (offer !== undefined) return await offer.accept();
      process.stdout.write(`a number from 1 to ${offers.length}, or q\n`);
    }
  } finally {
    terminal.close();
  }
}

async function ansibleInventory(path: string) {
  const [{ readInventory }, { formatProblems }] = await Promise.all([
    import('./config/read.ts'),
    import('./config/problem.ts'),
  ]);
  const read = await readInventory(path, nodeIo);
  if (read.kind === 'invalid') throw new UsageError(formatProblems(read.errors));
  return read.inventory;
}

async function importTo(target: string, read: () => ReturnType<typeof ansibleInventory>): Promise<string> {
  const [inventory, { toYaml }] = await Promise.all([read(), import('./config/to-yaml.ts')]);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  writeFileSync(target, toYaml(inventory), { flag: 'wx', mode: 0o600 });
  return target;
}
