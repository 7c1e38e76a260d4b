import { diffLines } from '../../src/model/diff-lines.ts';
import { editSharing, type SharingEdit } from '../../src/sharing/edit.ts';
import type { RepositoryFile } from '../../src/sharing/places.ts';
import type { SharingWish } from '../../src/sharing/work.ts';

/** The resource most of the tests share. */
export const GPU = 'nvidia.com/gpu';

/** Lines taken out and put in, in their order. */
export const difference = (before: string, after: string): readonly string[] =>
  diffLines(before, after).flatMap((line) =>
    line.kind === 'gone' ? [`-${line.text}`] : line.kind === 'new' ? [`+${line.text}`] : [],
  );

/** The text of a file after an edit. */
export function edited(result: SharingEdit, path: string): string {
  if (result.kind !== 'edited') throw new Error(JSON.stringify(result));
  const file = result.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`${path} is not among ${result.files.map((one) => one.path).join(', ')}`);
  return file.text;
}

/** A file of a repository. */
export const file = (text: string, path = 'values.yaml'): RepositoryFile => ({ path, text });
/** The edit of one file. */
export const edit = (text: string, wish: Partial<SharingWish> = {}): SharingEdit =>
  editSharing([file(text)], { replicas: 4, resource: GPU, ...wish });

/** Lines moved to the right. */
export const below = (text: string, columns: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));

/** A sharing block; `all` is a comment behind its resources. */
export const sharingBlock = (replicas: number, all = ''): string => `sharing:
  timeSlicing:
    resources:${all}
      - name: ${GPU}
        replicas: ${replicas}
`;

/** The configuration as the operator's chart reads it, with that block in its data. */
export const configBlock = (block: string, name = 'time-slicing-config', key = 'time-slicing'): string => `config:
  create: true
  name: ${name}
  default: ${key}
  data:
    ${key}: |-
      version: v1
${below(block, 6)}`;

/** Lines that were put in, as `difference` has them. */
export const added = (text: string, columns = 0): readonly string[] =>
  below(text, columns)
    .trimEnd()
    .split('\n')
    .map((line) => `+${line}`);
