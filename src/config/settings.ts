import { z } from 'zod';
import type { ConfigIo } from './io.ts';
import { problemsOf } from './issues.ts';
import { type InventoryProblem, inFileOrder } from './problem.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings-type.ts';
import { readYaml } from './yaml-source.ts';

const words = z.union([z.string(), z.array(z.string())], { error: 'a text, or a list of texts' });
const flag = (what: string) => z.boolean({ error: 'true or false' }).optional().describe(what);

const settingsSchema = z
  .strictObject({
    theme: z
      .enum(['dark', 'light', 'high-contrast', 'colour-blind'], { error: 'dark, light, high-contrast or colour-blind' })
      .optional()
      .describe('Colours of the screen.'),
    colours: z
      .enum(['auto', 'none', '16', '256', 'true'], { error: 'auto, none, "16", "256" or true' })
      .optional()
      .describe('How many colours the terminal shows; auto asks it. NO_COLOR wins.'),
    readOnly: z
      .union([z.boolean(), z.string()], { error: 'true, false or a reason' })
      .optional()
      .describe('Nothing may be changed on any node, true or the reason. Default false.'),
    mouse: flag('Whether the mouse selects and scrolls. Default true.'),
    ascii: flag('Whether only ASCII characters are drawn. Default: what the locale says.'),
    keys: z
      .record(z.string(), words, { error: 'a map from command to keys' })
      .optional()
      .describe(
        'Keys by command or binding, as the help screen names them: { save-table: ctrl-s }. An empty list takes a key away.',
      ),
    columns: z
      .record(
        z.string(),
        z.strictObject({
          show: words.optional().describe('Optional columns to show, by header.'),
          hide: words.optional().describe('Columns to hide, by header.'),
          sort: z
            .string({ error: 'a header, with "-" before it for descending' })
            .optional()
            .describe('Header to sort by, "-" before it for descending.'),
        }),
        { error: 'a map from view to columns' },
      )
      .optional()
      .describe('Columns by view; what is chosen on the screen wins.'),
  })
  .meta({ title: 'muster settings' });

/** The settings, or everything wrong with the file. */
export type SettingsRead =
  | { readonly kind: 'ok'; readonly settings: Settings }
  | { readonly kind: 'invalid'; readonly errors: readonly InventoryProblem[] };

/** Reads the settings; a missing or empty file is the defaults. */
export function readSettings(path: string, io: ConfigIo): SettingsRead {
  const content = io.readFile(path);
  switch (content.kind) {
    case 'missing':
      return { kind: 'ok', settings: DEFAULT_SETTINGS };
    case 'binary':
    case 'folder':
      return { kind: 'invalid', errors: [{ file: path, message: 'it is no text file', expected: 'settings in YAML' }] };
    case 'unreadable':
      return { kind: 'invalid', errors: [{ file: path, message: `it cannot be read: ${content.because}` }] };
    case 'text':
      return parseSettings(path, content.text);
  }
}

function parseSettings(path: string, text: string): SettingsRead {
  const read = readYaml(path, text);
  if (read.kind === 'invalid') return { kind: 'invalid', errors: inFileOrder(read.problems) };
  const parsed = settingsSchema.safeParse(withColourWords(read.source.value ?? {}));
  if (!parsed.success)
    return { kind: 'invalid', errors: inFileOrder(problemsOf(parsed.error.issues, read.source, settingsJsonSchema())) };

  const { theme, colours, readOnly = false, mouse, ascii, keys, columns } = parsed.data;
  return {
    kind: 'ok',
    settings: {
      ...(theme === undefined ? {} : { theme }),
      colours: colours ?? DEFAULT_SETTINGS.colours,
      ...(readOnly === false || readOnly === '' ? {} : { readOnly: reasonOf(readOnly) }),
      mouse: mouse ?? DEFAULT_SETTINGS.mouse,
      ...(ascii === undefined ? {} : { ascii }),
      keys: mapValues(keys ?? {}, (value) => [value].flat()),
      columns: mapValues(columns ?? {}, ({ show, hide, sort }) => ({
        show: [show ?? []].flat(),
        hide: [hide ?? []].flat(),
        ...(sort === undefined ? {} : { sort }),
      })),
    },
  };
}

const reasonOf = (readOnly: true | string): string =>
  readOnly === true ? 'settings.yaml says readOnly' : `read-only by settings.yaml: ${readOnly}`;

/** `colours: 256` and `colours: true` are a number and a truth value to YAML. */
const withColourWords = (value: unknown): unknown =>
  typeof value === 'object' &&
  value !== null &&
  'colours' in value &&
  (typeof value.colours === 'number' || value.colours === true)
    ? { ...value, colours: String(value.colours) }
    : value;

const mapValues = <T, U>(
  record: { readonly [key: string]: T },
  change: (value: T) => U,
): { readonly [key: string]: U } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** The JSON Schema of the settings file. */
export const settingsJsonSchema = () => z.toJSONSchema(settingsSchema, { io: 'input' });
