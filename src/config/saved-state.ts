import { join } from 'node:path';
import { z } from 'zod';
import type { ConfigIo } from './io.ts';
import { type PlaceContext, stateFolder } from './places.ts';

/** Filters kept in the history; more are never scrolled back to. */
const KEPT_FILTERS = 100;

const savedSchema = z.object({
  version: z.literal(1),
  theme: z.string().optional().catch(undefined),
  filterHistory: z.array(z.string()).catch([]),
  preferences: z
    .record(
      z.string(),
      z.object({
        sort: z.object({ header: z.string(), descending: z.boolean() }).optional().catch(undefined),
        hidden: z.array(z.string()).catch([]),
        shown: z.array(z.string()).catch([]),
      }),
    )
    .catch({}),
});

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
    const value: unknown = JSON.parse(content.text);
    const parsed = savedSchema.safeParse(value);
    if (!parsed.success) return EMPTY_STATE;
    const { theme, filterHistory, preferences } = parsed.data;
    const views = Object.entries(preferences).map(
      ([view, { sort, hidden, shown }]) => [view, { ...(sort === undefined ? {} : { sort }), hidden, shown }] as const,
    );
    return { ...(theme === undefined ? {} : { theme }), filterHistory, preferences: Object.fromEntries(views) };
  } catch {
    return EMPTY_STATE;
  }
}

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
