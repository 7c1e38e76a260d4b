import { type Answerer, text } from '../answers/reply.ts';
import { devicesOf } from '../mounting.ts';
import type { DiskContent } from '../node-state.ts';

/** Where wipefs(8) finds the mark of each kind. */
const OFFSETS: { readonly [fsType: string]: string } = { ext4: '0x438', xfs: '0x0', vfat: '0x52' };

/** What a disk and each of its partitions carry, as `wipefs --no-act --json` prints it. */
export const signatures = {
  isInline: false,
  isStill: false,
  answer: ({ node, target }) => {
    const devices = devicesOf(node);
    const asked = devices.find(({ path }) => path === target);
    if (asked === undefined) return text([`== device 1 ${target}`, 'no such block device']);
    const disk = node.disks.find(({ name }) => `/dev/${name}` === target);
    const below = disk?.partitions.map(({ name }) => `/dev/${name}`) ?? [];
    const hasTable = disk !== undefined && (disk.partitions.length > 0 || disk.hasTable === true);
    const table = hasTable ? [{ device: disk.name, offset: '0x200', type: 'gpt' }] : [];
    return text(
      [asked, ...devices.filter(({ path }) => below.includes(path))].flatMap(({ path, content }) => {
        const found = [...(path === target ? table : []), ...signatureOf(path, content)];
        return [`== device 0 ${path}`, ...(found.length === 0 ? [] : [JSON.stringify({ signatures: found })])];
      }),
    );
  },
} satisfies Answerer;

function signatureOf(path: string, content: DiskContent | undefined): readonly object[] {
  if (content?.fsType === undefined) return [];
  const { fsType, uuid, label } = content;
  return [{ device: path.replace('/dev/', ''), offset: OFFSETS[fsType] ?? '0x0', type: fsType, uuid, label }];
}
