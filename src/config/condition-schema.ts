import { z } from 'zod';
import type { CustomConditionKind } from '../model/custom-action.ts';

const text = (what: string) => z.string({ error: `${what}, as text` }).min(1, { error: `${what}, not an empty text` });
const target = text('a path on the node').describe('Absolute path on the node.');
const device = text('a device, e.g. /dev/sdb').describe('Device on the node, e.g. /dev/sdb.');
const unit = text('a unit, e.g. nfs-server.service').describe('Unit of systemd, e.g. nfs-server.service.');
const words = z
  .array(z.string(), { error: 'a list of options' })
  .describe('Options that must hold, as the kernel prints them.');
const count = (what: string) => z.int({ error: `a number of ${what}` }).min(0, { error: '0 or more' });

/** What each kind asks; one key of a map in the file. */
export const conditionShapes = {
  'same-disk': z.strictObject({ device }).describe('The disk is the one that was there when the plan was made.'),
  'disk-unused': z.strictObject({ device }).describe('No mount, swap, holder, RAID, LVM, ZFS or fstab line uses it.'),
  'disk-blank': z.strictObject({ device }).describe('wipefs(8) finds nothing on it.'),
  filesystem: z
    .strictObject({
      device,
      fsType: text('a type, e.g. xfs'),
      label: z.string().optional(),
      uuid: z.string().optional(),
    })
    .describe('The device holds this filesystem.'),
  mounted: z
    .strictObject({
      target,
      fsType: z.string().optional(),
      source: z.string().optional(),
      uuid: z.string().optional(),
      options: words.optional(),
    })
    .describe('The topmost mount there is this one.'),
  'not-mounted': z.strictObject({ target }).describe('Nothing is mounted there; an automount that waits is no mount.'),
  answers: z.strictObject({ target }).describe('What is mounted there answers in time.'),
  'no-users': z.strictObject({ target }).describe('No process has anything open below it.'),
  file: z
    .strictObject({
      path: target,
      text: z.string({ error: 'the whole text' }).optional().describe('The whole text of the file.'),
      sha256: z.string().optional().describe('Its SHA-256, in hex.'),
      mode: z.string().optional().describe('Four octal digits, in quotes.'),
    })
    .describe('A regular file with this content: text or sha256.'),
  'file-unchanged': z.strictObject({ path: target }).describe('The file is as it was when the plan was made.'),
  'no-file': z.strictObject({ path: target }).describe('There is nothing at the path.'),
  directory: z
    .strictObject({
      path: target,
      owner: z.string().optional(),
      group: z.string().optional(),
      mode: z.string().optional(),
    })
    .describe('A directory of this owner, group and mode.'),
  exported: z
    .strictObject({ path: target, client: text('a client, e.g. 10.0.0.0/24'), options: words.optional() })
    .describe('The kernel exports the path to the client with at least these options.'),
  'not-exported': z
    .strictObject({ path: target, client: z.string().optional() })
    .describe('It is not exported to the client, or to nobody.'),
  unit: z
    .strictObject({
      unit,
      load: z.enum(['loaded', 'not-found'], { error: 'loaded or not-found' }).optional(),
      active: z.enum(['active', 'inactive'], { error: 'active or inactive' }).optional(),
      enabled: z.boolean({ error: 'true or false' }).optional(),
    })
    .describe('The state of a unit; what is left out is not asked.'),
  'started-since': z.strictObject({ unit }).describe('The unit runs, and was started after the plan was made.'),
  'nfsd-threads': z.strictObject({ least: count('threads') }).describe('The NFS server has at least so many threads.'),
  'booted-since': z.strictObject({}).describe('The node has booted since the plan was made.'),
  gpus: z.strictObject({ count: count('cards') }).describe('At least so many GPUs answer.'),
} as const satisfies { readonly [K in CustomConditionKind]: z.ZodType };

/** One condition: a map with the kind as its only key. */
export const conditionSchema = z
  .strictObject(
    Object.fromEntries(Object.entries(conditionShapes).map(([kind, shape]) => [kind, shape.optional()])) as {
      [K in CustomConditionKind]: z.ZodOptional<(typeof conditionShapes)[K]>;
    },
    { error: 'a condition, e.g. mounted: { target: /data }' },
  )
  .describe('One condition: its kind, and what it asks. Texts may hold {{ fields }}.');

/** A condition as written. */
export type ConditionEntry = z.infer<typeof conditionSchema>;
