import { existsSync } from 'node:fs';
import type { CliValues } from './cli/command.ts';
import { nodeIo } from './config/node-io.ts';
import { homeOf } from './config/places.ts';
import { EMPTY_STATE, readSavedState, type SavedState, savedStatePath, writeSavedState } from './config/saved-state.ts';
import { DEFAULT_SETTINGS, type Settings, settingsPath } from './config/settings-type.ts';
import type { ConsoleSettings } from './ui/run.ts';

/** What the operator chose: command line before settings file before what was remembered of the last run. */
export interface Preferences {
  readonly settings: ConsoleSettings;
  readonly colours: Settings['colours'];
  /** What is wrong with the settings; the console opens with the defaults all the same. */
  readonly notices: readonly string[];
  readonly remember: (state: SavedState) => void;
}

/** Reads them; never throws, because a wrong settings file must not keep anyone from an outage. */
export async function loadPreferences(
  values: CliValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Preferences> {
  const context = { env, home: homeOf(env) };
  const statePath = savedStatePath(context);
  const saved: SavedState = existsSync(statePath) ? readSavedState(statePath, nodeIo) : EMPTY_STATE;
  const { settings, notices } = await userSettings(context);
  const readOnly = values['read-only'] === true ? 'muster was started with --read-only' : settings.readOnly;
  const theme = typeof values['theme'] === 'string' ? values['theme'] : (settings.theme ?? saved.theme);
  const ascii = values['ascii'] === true ? true : settings.ascii;
  const open = openPlace(values['open']);
  return {
    colours: settings.colours,
    settings: {
      ...(theme === undefined ? {} : { theme }),
      ...(ascii === undefined ? {} : { ascii }),
      ...(readOnly === undefined ? {} : { readOnly }),
      mouse: values['no-mouse'] !== true && settings.mouse,
      keys: settings.keys,
      remembered: { filterHistory: saved.filterHistory, preferences: { ...columnsOf(settings), ...saved.preferences } },
      ...(open === undefined ? {} : { open }),
    },
    notices,
    remember: (state) => void writeSavedState(statePath, state, nodeIo),
  };
}

/** The reader of settings brings a YAML parser and a schema; it is loaded only when there is a file to read. */
async function userSettings(context: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}): Promise<{ readonly settings: Settings; readonly notices: readonly string[] }> {
  const path = settingsPath(context);
  if (!existsSync(path)) return { settings: DEFAULT_SETTINGS, notices: [] };
  const [{ readSettings }, { formatProblems }] = await Promise.all([
    import('./config/settings.ts'),
    import('./config/problem.ts'),
  ]);
  const read = readSettings(path, nodeIo);
  if (read.kind === 'ok') return { settings: read.settings, notices: [] };
  const { readOnlySetting } = await import('./config/read-only.ts');
  const readOnly = readOnlySetting(context, nodeIo);
  const settings = { ...DEFAULT_SETTINGS, ...(readOnly === undefined ? {} : { readOnly }) };
  return { settings, notices: [`settings are not used: ${formatProblems(read.errors)}`] };
}

function columnsOf({ columns }: Settings): SavedState['preferences'] {
  return Object.fromEntries(
    Object.entries(columns).map(([view, { show, hide, sort }]) => {
      const by =
        sort === undefined ? {} : { sort: { header: sort.replace(/^-/, ''), descending: sort.startsWith('-') } };
      return [view, { shown: show, hidden: hide, ...by }];
    }),
  );
}

/** `gpus?f=gpu.temp>85`: a view, and what to filter it by. */
function openPlace(text: CliValues[string]): ConsoleSettings['open'] {
  if (typeof text !== 'string') return undefined;
  const [view = '', query = ''] = text.split('?', 2);
  const filter = new URLSearchParams(query).get('f');
  return { view, ...(filter === null ? {} : { filter }) };
}
