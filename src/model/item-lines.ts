import { neutralise } from './neutralise.ts';
import type { PreviewItem } from './plan.ts';
import { formatBytes, formatDuration } from './units.ts';

/** Characters of an owner's name; longer ones are rare, and the name of the thing matters more. */
const OWNER_CHARACTERS = 10;

/** Things that go, a line each under a heading: size, age, owner, name; figures under figures. */
export function itemLines(items: readonly PreviewItem[]): readonly string[] {
  const owners = items.map(({ owner }) => neutralise(owner).slice(0, OWNER_CHARACTERS));
  const width = Math.max('OWNER'.length, ...owners.map((owner) => owner.length));
  return [
    `${'SIZE'.padStart(5)} ${'AGE'.padStart(4)}  ${'OWNER'.padEnd(width)}  NAME`,
    ...items.map(({ name, sizeBytes, ageMs }, index) => {
      const size = sizeBytes === undefined ? '-' : formatBytes(sizeBytes);
      const age = ageMs === undefined ? '-' : formatDuration(ageMs);
      return `${size.padStart(5)} ${age.padStart(4)}  ${(owners[index] ?? '').padEnd(width)}  ${neutralise(name)}`;
    }),
  ];
}
