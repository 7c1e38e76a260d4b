import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest begin first, so that no lab waits at the end for one of them; the others follow. */
const LONGEST =
  'killed trouble story disk-ext4 changes storage disks hand actions disk-xfs links tidying killed-disk secrets facts login gpu smi commands'.split(
    ' ',
  );

const turnOf = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.lab.test.ts`));
  return at < 0 ? LONGEST.length : at;
};

/** vitest wants a constructor. */
const LongestFirst = new Proxy(BaseSequencer, {
  construct: () => ({
    shard: (files: TestSpecification[]) => files,
    sort: (files: TestSpecification[]) => files.toSorted((one, other) => turnOf(one) - turnOf(other)),
  }),
});

const labCount = (process.env['MUSTER_LAB'] ?? '').split(',').length;

export default defineConfig({
  test: {
    include: ['test/lab/**/*.lab.test.ts'],
    // These build a root image of their own or boot many nodes; npm run test:lab -- --all.
    exclude: process.env['MUSTER_LAB_ALL'] === undefined ? ['test/lab/**/*.all.lab.test.ts'] : [],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    env: { TZ: 'UTC' },
    // As many files at once as there are labs; those that share the nodes of one run one after the other, and each leaves them healed.
    sequence: { sequencer: LongestFirst },
    fileParallelism: labCount > 1,
    maxWorkers: labCount,
  },
});
