import { z } from 'zod';
import type { ProbeName } from '../model/probe.ts';
import { actionsSchema } from './action-schema.ts';
import { clustersSchema } from './cluster-schema.ts';
import { DURATION, SIZE } from './units.ts';

/** Every probe a period can be set for; one left out would not compile. */
const PROBE_NAMES = {
  identity: 'identity',
  clock: 'clock',
  privilege: 'privilege',
  tools: 'tools',
  load: 'load',
  mounts: 'mounts',
  nfsStats: 'nfsStats',
  usage: 'usage',
  directories: 'directories',
  exports: 'exports',
  nfsServer: 'nfsServer',
  blockDevices: 'blockDevices',
  units: 'units',
  gpus: 'gpus',
  gpuErrors: 'gpuErrors',
  gpuDriver: 'gpuDriver',
  gpuProcesses: 'gpuProcesses',
  usb: 'usb',
  kernelLog: 'kernelLog',
  maintenance: 'maintenance',
} as const satisfies { readonly [P in ProbeName]: P };

const text = (what: string) => z.string({ error: `${what}, as text` }).min(1, { error: `${what}, not an empty text` });
const duration = z
  .string({ error: 'a time such as 500ms, 5s or 2m' })
  .regex(DURATION, { error: 'a time such as 500ms, 5s or 2m' });
const path = z
  .string({ error: 'an absolute path, e.g. /data' })
  .regex(/^\/[^\0]*$/, { error: 'an absolute path, e.g. /data' });
const nodeSet = z
  .union([z.string(), z.array(z.string())], { error: 'a node set, e.g. gpu[01-16], @group or all, or a list of them' })
  .describe(
    'Which nodes: gpu[01-16], @group, !node, a&b, globs with * and ?, all; comma for union. A list is a union, too.',
  );
const options = z
  .union([z.string(), z.array(z.string())], { error: 'options: a list, or text with commas' })
  .describe('Options, as a list or as one text with commas.');
const names = z.union([z.string(), z.array(z.string())], { error: 'a name, or a list of names' });
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number, true or false' });
const pollEvery = z
  .partialRecord(z.enum(PROBE_NAMES), duration, { error: 'a map from probe to time, e.g. { load: 5s }' })
  .describe(
    'How often a question is asked, by probe: { load: 2s, gpus: 5s }. load is asked at least three times within lateAfter.',
  );

const gpus = z
  .union(
    [
      z
        .int({ error: 'a number of cards' })
        .min(0, { error: 'a number of cards, 0 or more' })
        .max(256, { error: 'a number of cards, at most 256' }),
      z.strictObject({
        count: z
          .int({ error: 'a number of cards' })
          .min(0, { error: '0 or more' })
          .max(256, { error: 'at most 256' })
          .optional()
          .describe('How many cards the node should have.'),
        model: text('the model as nvidia-smi prints it')
          .optional()
          .describe('Model as nvidia-smi prints it, e.g. NVIDIA H100 80GB HBM3.'),
        driver: scalar.optional().describe('Driver version the node should run, e.g. 570.124.06.'),
      }),
    ],
    { error: 'a number of cards, or a map with count, model and driver' },
  )
  .describe('GPUs the node should have; a card missing, of another model or with another driver is drift.');

const nodeSettings = {
  address: text('a name or an IP address')
    .optional()
    .describe(
      'Host name or IP address; `{name}` stands for the node’s name, a range [1-16] counts along with the names. Default: the name.',
    ),
  port: z
    .int({ error: 'a port, 1 to 65535' })
    .min(1, { error: 'a port, 1 to 65535' })
    .max(65_535, { error: 'a port, 1 to 65535' })
    .optional()
    .describe('SSH port.'),
  user: text('a user name')
    .optional()
    .describe('User to log in as. Default: what ssh_config says, else your own name.'),
  jump: names
    .optional()
    .describe('Jump hosts on the way, first hop first: user@host:port, as ProxyJump of ssh_config(5).'),
  identityFiles: names.optional().describe('Private key files to offer, by path. muster never copies a key.'),
  password: z
    .enum(['never', 'ask'], { error: 'never or ask' })
    .optional()
    .describe('Whether a password may be asked for, once, on the screen. Passwords are never written in this file.'),
  hostKeys: names
    .optional()
    .describe('Pinned host keys, SHA256:… as ssh-keygen -l prints them; then known_hosts is not asked.'),
  hostKeyPolicy: z
    .enum(['ask', 'accept-new'], { error: 'ask or accept-new' })
    .optional()
    .describe('What happens with a key never seen before. A changed key is always refused.'),
  via: z
    .enum(['ssh', 'local', 'kubernetes'], { error: 'ssh, local or kubernetes' })
    .optional()
    .describe('ssh; local for this machine; kubernetes for nodes without SSH, e.g. Talos.'),
  transport: z
    .enum(['auto', 'ssh2', 'openssh'], { error: 'auto, ssh2 or openssh' })
    .optional()
    .describe('The built-in SSH client or the system’s ssh; auto takes the latter where the configuration needs it.'),
  class: text('a class name')
    .optional()
    .describe('Kind of machine: chooses defaults and poll periods under `classes`.'),
  labels: z
    .record(z.string(), scalar, { error: 'a map of labels' })
    .optional()
    .describe('Free labels for filters and screens.'),
  readOnly: z
    .union([z.boolean(), z.string()], { error: 'true, or the reason' })
    .optional()
    .describe('true, or the reason: nothing may be changed on these nodes. false for nodes that are an exception.'),
  gpus: gpus.optional(),
};

const node = z.strictObject({
  ...nodeSettings,
  groups: names
    .optional()
    .describe(
      'Groups the node is in, besides those that list it. Where groups are declared under `groups`, one of these.',
    ),
});

const group = z
  .union(
    [
      z.string(),
      z.array(z.string()),
      z.strictObject({
        members: nodeSet.optional(),
        groups: names.optional().describe('Groups within this one; their nodes belong to it.'),
        ...nodeSettings,
      }),
    ],
    { error: 'a node set, or a map with members, groups and settings for its nodes' },
  )
  .describe(
    'A node set, or members, nested groups and settings for the nodes in it. An inner group wins over an outer one.',
  );

const volume = z.strictObject({
  name: text('a name').describe('Name of the volume, for messages.'),
  nodes: nodeSet,
  disk: z
    .strictObject({
      id: text('a name under /dev/disk/by-id').optional().describe('Name under /dev/disk/by-id.'),
      serial: scalar.optional().describe('Serial number as lsblk prints it.'),
      wwn: text('a world wide name').optional().describe('World wide name as lsblk prints it.'),
      size: z
        .string({ error: 'a size such as 100GB or 1TiB' })
        .regex(SIZE, { error: 'a size such as 100GB or 1TiB' })
        .optional()
        .describe('Expected size, within a tolerance: 100GB, 1TiB.'),
    })
    .describe('The disk, by identity: kernel names such as /dev/sdb move between boots.'),
  type: text('a filesystem, e.g. ext4 or xfs').describe('Filesystem, e.g. ext4, xfs.'),
  label: text('a label').optional().describe('Label of the filesystem.'),
  uuid: text('a UUID').optional().describe('UUID of the filesystem.'),
  target: path.describe('Where it is mounted.'),
  options: options.optional(),
  directories: z
    .array(
      z.strictObject({
        path: text('a path').describe('Directory, absolute or below the mount point.'),
        owner: scalar.optional().describe('Owner, by name or number.'),
        group: scalar.optional().describe('Group, by name or number.'),
        mode: scalar.optional().describe('Octal mode, e.g. "0755".'),
      }),
      { error: 'a list of directories' },
    )
    .optional()
    .describe('Directories that should exist on it.'),
});

const exported = z.strictObject({
  node: nodeSet,
  path: path.describe('The exported directory.'),
  clients: z
    .union([z.string(), z.array(z.string()), z.record(z.string(), options)], {
      error: 'clients as in exports(5): a text, a list, or a map from client to options',
    })
    .describe(
      'Who may mount it: 10.0.0.0/8(rw,sync) as in exports(5), a list of these, or a map from client to options.',
    ),
});

const mount = z.strictObject({
  source: text('what is mounted, e.g. nfs-a:/export/data')
    .optional()
    .describe(
      'What is mounted: nfs-a:/export/data, //server/share, a virtio-fs tag. The server is a node’s name or an address.',
    ),
  type: text('a filesystem, e.g. nfs4').optional().describe('Filesystem: nfs4, cifs, virtiofs, beegfs, …'),
  target: path.describe('Where it is mounted.'),
  nodes: nodeSet,
  options: options.optional(),
  how: z
    .enum(['automount', 'fstab', 'unit'], { error: 'automount, fstab or unit' })
    .optional()
    .describe('A systemd automount, a line in fstab (the default), or a plain mount unit.'),
  absent: z.boolean({ error: 'true or false' }).optional().describe('true: nothing may be mounted there.'),
});

const sharing = z.strictObject({
  nodes: nodeSet,
  replicas: z
    .int({ error: 'a number of slices per card' })
    .min(2, { error: '2 or more slices per card' })
    .max(128, { error: 'at most 128 slices per card' })
    .describe('Slices per card.'),
  resource: text('a resource name').optional().describe('Kubernetes resource, nvidia.com/gpu unless said otherwise.'),
  renameByDefault: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('true: slices are called nvidia.com/gpu.shared.'),
});

/** One file of an inventory in muster's own format. Every key may be left out, so that an inventory can be spread over files. */
export const inventorySchema = z
  .strictObject({
    name: text('a name').optional().describe('Name of the fleet, for the screen. Default: the name of the file.'),
    defaults: z
      .strictObject(nodeSettings)
      .optional()
      .describe('Settings of every node, unless its class, a group or the node says otherwise.'),
    classes: z
      .record(z.string(), z.strictObject({ pollEvery: pollEvery.optional(), ...nodeSettings }).nullable(), {
        error: 'a map of classes',
      })
      .optional()
      .describe('Settings and poll periods by class of machine.'),
    nodes: z
      .record(z.string(), node.nullable(), { error: 'a map of nodes, e.g. gpu[01-16]: { user: admin }' })
      .optional()
      .describe(
        'Nodes by name or range: gpu01, gpu[01-16], rack[1-2]-n[01-20]. An entry for fewer nodes wins over one for more.',
      ),
    groups: z
      .record(z.string(), group.nullable(), { error: 'a map of groups' })
      .optional()
      .describe('Named node sets.'),
    volumes: z
      .array(volume, { error: 'a list of volumes' })
      .optional()
      .describe('Filesystems that should stand on disks.'),
    exports: z
      .array(exported, { error: 'a list of exports' })
      .optional()
      .describe('Directories that should be exported over NFS.'),
    mounts: z
      .array(mount, { error: 'a list of mounts' })
      .optional()
      .describe('What should, or must not, be mounted where.'),
    sharing: z.array(sharing, { error: 'a list of node sets with replicas' }).optional().describe('GPU time-slicing.'),
    clusters: clustersSchema,
    actions: actionsSchema.optional().describe('Actions of your own, by name: docs/actions.md.'),
    pollEvery: pollEvery.optional(),
    lateAfter: duration.optional().describe('Silence after which a node counts as late. Default 15s.'),
    lostAfter: duration.optional().describe('Silence after which a node counts as lost. Default 30s.'),
  })
  .meta({ title: 'muster inventory', description: 'The nodes of a fleet and the state they should be in.' });

/** One file's content after validation. */
export type InventoryFile = z.infer<typeof inventorySchema>;
/** Settings of a node, wherever they stand. `groups` only in an entry of its own. */
export type NodeSettings = z.infer<typeof node>;
/** One group as written. */
export type GroupEntry = z.infer<typeof group>;

/** The JSON Schema of the own format, for editors and for the words in messages. */
export const inventoryJsonSchema = () => z.toJSONSchema(inventorySchema, { io: 'input' });

/** The text of `inventory/schema.json`. */
export const generateSchema = (): string => `${JSON.stringify(inventoryJsonSchema(), null, 2)}\n`;
