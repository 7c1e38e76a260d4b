import { formatBytes } from '../src/model/units.ts';
import { nameOf } from '../src/store/selectors/completions.ts';
import { type DiskRow, type DiskState, selectDiskRows } from '../src/store/selectors/disk-rows.ts';
import { DISK_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { ageColumn, inRole, isSilent, linkCell, marked, nodeColumn, whyNothingKnown } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence, sentencesSection } from './parts/describe.ts';
import { directoriesSection } from './parts/directories.ts';
import { shareBar } from './parts/figures.ts';
import { nodeJumps, targetFilter } from './parts/jumps.ts';

const columns: readonly Column<DiskRow>[] = [
  nodeColumn,
  {
    header: 'DEVICE',
    help: 'Device, its partitions and what is built on them below it. Kernel names move between boots: trust serial and id.',
    width: { min: 12, max: 24, grow: 1 },
    cell: deviceCell,
    value: ({ device, volume }) => device?.path ?? volume?.name,
    term: 'device',
  },
  {
    header: 'SIZE',
    help: 'Size of the device, in powers of 1024.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ device, link }) => (device === undefined ? '' : inRole(formatBytes(device.sizeBytes), link)),
    value: ({ device }) => device?.sizeBytes,
    unit: 'bytes',
    term: 'size',
  },
  {
    header: 'STATE',
    help: 'Mounted, swap, held by a device built on it, partitioned, a filesystem nobody uses, blank; or drifted, missing or not heard of as a wished volume.',
    width: { min: 13, max: 16 },
    cell: ({ state, link }, context) =>
      state === 'unknown' && isSilent(link)
        ? linkCell(link, context)
        : inRole(marked(DISK_MARKS[state], context.ascii), link),
    value: ({ state }) => DISK_MARKS[state].word,
    term: 'state',
  },
  text('FS', 'Filesystem or other signature on the device.', { min: 5, max: 12 }, ({ device }) => device?.fsType, 'fs'),
  text(
    'USED BY',
    'Where it is mounted, or the devices built on it.',
    { min: 10, max: 32, grow: 2 },
    ({ users }) => users.join(' '),
    'user',
  ),
  {
    header: 'USED',
    help: 'Share of the filesystem’s space in use.',
    width: { min: 8, max: 15, grow: 1 },
    cell: ({ usedRatio, link }, context) => inRole(shareBar(usedRatio, context) ?? '', link),
    value: ({ usedRatio }) => usedRatio,
    unit: 'ratio',
    term: 'used',
  },
  text('LABEL', 'Label of the filesystem.', { min: 6, max: 16 }, ({ device }) => device?.label, 'label'),
  text(
    'SERIAL',
    'Serial number of the disk: what to choose it by.',
    { min: 8, max: 20, grow: 1 },
    ({ device }) => device?.serial,
    'serial',
  ),
  text('MODEL', 'Model of the disk.', { min: 8, max: 24, grow: 1 }, ({ device }) => device?.model, 'model'),
  text('VOLUME', 'Volume of the inventory it is.', { min: 6, max: 16 }, ({ volume }) => volume?.name, 'volume'),
  ageColumn<DiskRow>(() => 'blockDevices'),
  text(
    'ID',
    'Name under /dev/disk/by-id, which survives a reboot.',
    { min: 12, max: 48, grow: 1 },
    ({ device }) => device?.stableIds[0],
    'id',
  ),
  text('UUID', 'UUID of the filesystem.', { min: 12, max: 36, grow: 1 }, ({ device }) => device?.uuid, 'uuid'),
];

/** Disks with partitions, signatures and who uses them. */
export const disksView = {
  kind: 'list',
  name: 'disks',
  title: 'Disks',
  aliases: ['disk', 'volumes', 'devices'],
  rows: selectDiskRows,
  nodes: ({ node }) => [node],
  probes: ['blockDevices', 'usage', 'directories'],
  isFault: ({ state, findings }) => state === 'missing' || state === 'drifted' || findings.length > 0,
  subject: ({ node, device, volume }) => ({
    nodes: [node],
    ...(device === undefined ? {} : { disk: nameOf(device) }),
    ...(volume === undefined ? {} : { volume: volume.name }),
  }),
  describe: describeDisk,
  empty: (state) => whyNothingKnown(state) ?? 'No node has told its disks yet.',
  bindings: [
    {
      key: 'enter',
      title: 'its mount',
      action: 'open-view',
      disabled: ({ device }) =>
        device?.mountPoints.some((target) => target.startsWith('/')) === true ? undefined : 'it is not mounted',
      open: ({ node, device }) => {
        const target = device?.mountPoints.find((point) => point.startsWith('/')) ?? '';
        return { view: 'mounts', filter: targetFilter(node, target), cursor: `${node}:${target}` };
      },
    },
    ...nodeJumps(({ node }: DiskRow) => node, ['disks']),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<DiskRow>;

function text(
  header: string,
  help: string,
  width: Column<DiskRow>['width'],
  textOf: (row: DiskRow) => string | undefined,
  term: string,
): Column<DiskRow> {
  return {
    header,
    help,
    width,
    cell: (row) => inRole(textOf(row) ?? '', row.link),
    value: (row) => textOf(row) || undefined,
    term,
  };
}

function deviceCell({ device, volume, state, depth, isLast, link }: DiskRow, { ascii }: CellContext): Cell {
  if (device === undefined) {
    return [{ text: `volume ${volume?.name ?? ''}`, role: state === 'missing' ? 'critical' : 'dim' }];
  }
  const name = device.path.replace(/^\/dev\//, '');
  if (depth === 0) return inRole([{ text: name, role: 'strong' }], link);
  return inRole([{ text: `${'  '.repeat(depth - 1)}${branchOf(isLast, ascii)}`, role: 'dim' }, { text: name }], link);
}

function branchOf(isLast: boolean, ascii: boolean): string {
  if (ascii) return isLast ? '`-' : '|-';
  return isLast ? '└ ' : '├ ';
}

const USAGE: { readonly [S in DiskState]: string } = {
  mounted: 'in use',
  swap: 'in use as swap',
  held: 'in use by a device built on it',
  unused: 'a filesystem is on it, and it is not mounted',
  partitioned: 'it is divided into partitions',
  blank: 'nothing is on it',
  missing: 'wished, and not there',
  drifted: 'it is not as wished',
  unknown: 'wished, and nothing is known of it',
};

function describeDisk(row: DiskRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs, ascii } = context;
  const { device, volume } = row;
  const filesystem = [device?.fsType, device?.fsVersion].filter((part) => part !== undefined).join(' ');
  return [
    factsSection('Facts', [
      ['state', marked(DISK_MARKS[row.state], ascii, USAGE[row.state])],
      ['device', device && `${device.path} (${device.kind})`],
      ['size', device && `${formatBytes(device.sizeBytes)}, ${device.sizeBytes} bytes`],
      ['model', device?.model],
      ['serial', device?.serial],
      ['wwn', device?.wwn],
      ['ids', device?.stableIds.join(' ')],
      ['transport', device?.transport],
      ['kind', device?.isRotational === undefined ? undefined : device.isRotational ? 'rotating' : 'solid state'],
      ['read-only', device?.isReadOnly === true ? 'yes' : undefined],
      ['partitions', device?.partitionTable],
      ['filesystem', filesystem],
      ['label', device?.label],
      ['uuid', device?.uuid],
      ['used by', row.users.join(' ')],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    factsSection(
      'Wished state',
      volume === undefined
        ? []
        : [
            ['volume', volume.name],
            ['filesystem', volume.fsType],
            ['label', volume.label],
            ['uuid', volume.uuid],
            ['mounted at', volume.target],
            [
              'disk',
              Object.entries(volume.disk)
                .map(([key, value]) => `${key} ${value}`)
                .join(', '),
            ],
          ],
      'the inventory does not mention it',
    ),
    ...directoriesSection(state, row.node, volume?.name),
    ...sentencesSection('Drift', row.differences, row.state === 'unknown' ? 'dim' : 'warning'),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, device?.path ?? volume?.name),
  ];
}
