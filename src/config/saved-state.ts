import { join } from 'node:path';
import type { ConfigIo } from './io.ts';
import { type PlaceContext, stateFolder } from './places.ts';

/** Filters kept in the history; more are never scrolled back to. */
const KEPT_FILTERS = 100;

/** What the screen remembers between runs: theme, filters, and columns and sort by view. */
export interface SavedState {
  readonly theme?: string;
  /** Newest first. */
  readonly filterHistory: readonly string[];
  readonly preferences: {
    readonly [view: string]: {
      readonly sort?: { readonly header: string; readonly descending: boolean };
      readonly hidden: readonly string[];
      readonly shown: readonly string[];
    };
  };
}

/** Nothing remembered yet. */
export const EMPTY_STATE = { filterHistory: [], preferences: {} } as const satisfies SavedState;

/** Where it is kept: `$XDG_STATE_HOME/muster/views.json`. */
export const savedStatePath = (context: Pick<PlaceContext, 'env' | 'home'>): string =>
  join(stateFolder(context), 'views.json');

/** What was remembered. A file that is missing, broken or of another version is nothing remembered: it is no worse than a first run. */
export function readSavedState(path: string, io: ConfigIo): SavedState {
  const content = io.readFile(path);
  if (content.kind !== 'text') return EMPTY_STATE;
  try {
    return savedOf(JSON.parse(content.text));
  } catch {
    return EMPTY_STATE;
  }
}

/** By hand, because this is read before the first frame, and a schema library is slower to load than all of this is to do. */
function savedOf(value: unknown): SavedState {
  if (!isRecord(value) || value['version'] !== 1) return EMPTY_STATE;
  const { theme, filterHistory, preferences } = value;
  const views = Object.entries(isRecord(preferences) ? preferences : {}).flatMap(([view, entry]) => {
    if (!isRecord(entry)) return [];
    const { sort } = entry;
    const by =
      isRecord(sort) && typeof sort['header'] === 'string'
        ? { sort: { header: sort['header'], descending: sort['descending'] === true } }
        : {};
    return [[view, { ...by, hidden: texts(entry['hidden']), shown: texts(entry['shown']) }] as const];
  });
  return {
    ...(typeof theme === 'string' ? { theme } : {}),
    filterHistory: texts(filterHistory),
    preferences: Object.fromEntries(views),
  };
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** Remembers for the next run; two consoles that end at once leave one whole file. Returns the reason when it could not. */
export function writeSavedState(path: string, state: SavedState, io: ConfigIo): string | undefined {
  if (io.writeFile === undefined) return 'nothing can be written here';
  const { theme, filterHistory, preferences } = state;
  const saved = {
    version: 1,
    ...(theme === undefined ? {} : { theme }),
    filterHistory: filterHistory.slice(0, KEPT_FILTERS),
    preferences,
  };
  return io.writeFile(path, `${JSON.stringify(saved, null, 2)}\n`);
}
