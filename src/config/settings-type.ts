import { join } from 'node:path';
import { configFolder, type PlaceContext } from './places.ts';

/** What the user set for the screen, with the defaults filled in. */
export interface Settings {
  readonly theme?: 'dark' | 'light' | 'high-contrast' | 'colour-blind';
  readonly colours: 'auto' | 'none' | '16' | '256' | 'true';
  /** Why nothing may be changed on any node. */
  readonly readOnly?: string;
  readonly mouse: boolean;
  readonly ascii?: boolean;
  /** Keys by command or binding; an empty list takes the key away. */
  readonly keys: { readonly [name: string]: readonly string[] };
  readonly columns: {
    readonly [view: string]: {
      readonly show: readonly string[];
      readonly hide: readonly string[];
      readonly sort?: string;
    };
  };
}

/** The settings where the user set nothing. */
export const DEFAULT_SETTINGS = { colours: 'auto', mouse: true, keys: {}, columns: {} } as const satisfies Settings;

/** Where the settings are: `$XDG_CONFIG_HOME/muster/settings.yaml`. */
export const settingsPath = (context: Pick<PlaceContext, 'env' | 'home'>): string =>
  join(configFolder(context), 'settings.yaml');
