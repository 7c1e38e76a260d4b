// What is broken must not make the rest old: ages of all other facts with a hung mount, a wedged driver and a tenth of the nodes dead.
import { startBenchFleet } from './demo-fleet.ts';
import type { Part } from './figure.ts';
import { percentile } from './numbers.ts';
import { costOf } from './process-figures.ts';
import { musterProgram } from './pty.ts';

const NODES = 100;
const WATCH_SEC = 30;
/** Asked every 2 s; figures of the first seconds say how fast nodes connect, not how old facts become. */
const SETTLED_SEC = 12;

/** The oldest load and the oldest mounts of untroubled nodes, with faults elsewhere and without. */
export const isolationPart: Part = {
  name: 'isolation',
  what: 'a hung mount, a wedged nvidia-smi and 10 % of nodes black-holed: ages of everything else',
  run: async () => {
    const names = (await namesOf()).filter((name) => name.startsWith('cpu') || name.startsWith('gpu'));
    const dark = names.filter((_, index) => index % 10 === 5);
    const [hung = '', wedged = ''] = names.filter((name) => name.startsWith('gpu') && !dark.includes(name));
    const faults = [`hung-mount@${hung}`, `wedged-gpu@${wedged}`, ...dark.map((name) => `black-hole@${name}`)];
    const troubled = await agesOf(faults, new Set(dark));
    const well = await agesOf([], new Set(dark));
    return {
      figures: [
        {
          name: `age of the other nodes' load, p99, ${dark.length} of ${NODES} nodes black-holed, a mount hung, a driver wedged`,
          unit: 's',
          muster: troubled.p99 / 1_000,
          peer: { name: 'the same fleet without faults', value: well.p99 / 1_000 },
          target: { kind: 'ratio', atMost: 1.1 },
          note: `the oldest: ${(troubled.max / 1_000).toFixed(1)} s, without faults ${(well.max / 1_000).toFixed(1)} s; ${troubled.count} and ${well.count} ages`,
        },
      ],
    };
  },
};

async function namesOf(): Promise<readonly string[]> {
  const { fleet, close } = await startBenchFleet(NODES);
  await close();
  return fleet.inventory.nodes.map(({ name }) => name);
}

interface Document {
  readonly nodes: readonly {
    readonly name: string;
    readonly facts: { readonly load?: { readonly ageMs?: number } };
  }[];
}

async function agesOf(faults: readonly string[], left: ReadonlySet<string>) {
  const { inventoryFile, close } = await startBenchFleet(NODES, faults);
  try {
    const argv = [
      process.execPath,
      musterProgram,
      'status',
      '--json',
      '--watch',
      '--every',
      '1',
      '--timeout',
      String(SETTLED_SEC),
    ];
    const { stdout } = await costOf(
      ['timeout', '-s', 'INT', String(WATCH_SEC + SETTLED_SEC), ...argv, '-i', inventoryFile],
      WATCH_SEC * 2,
    );
    const documents: readonly Document[] = stdout
      .trim()
      .split('\n')
      .slice(SETTLED_SEC)
      .map((line) => JSON.parse(line));
    const ages = documents.flatMap(({ nodes }) =>
      nodes.filter(({ name }) => !left.has(name)).map(({ facts }) => facts.load?.ageMs ?? Number.POSITIVE_INFINITY),
    );
    if (ages.length === 0) throw new Error('no ages were told');
    return { p99: percentile(ages, 99), max: Math.max(...ages), count: ages.length };
  } finally {
    await close();
  }
}
