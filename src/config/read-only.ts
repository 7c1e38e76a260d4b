import type { ConfigIo } from './io.ts';
import type { PlaceContext } from './places.ts';
import { readSettings } from './settings.ts';
import { settingsPath } from './settings-type.ts';

/**
 * Why the settings forbid every change; undefined where they do not. Of a file with a mistake in it the word alone counts: what somebody meant
 * to be safe does not become unsafe by a wrong colour.
 */
export function readOnlySetting(context: Pick<PlaceContext, 'env' | 'home'>, io: ConfigIo): string | undefined {
  const path = settingsPath(context);
  const read = readSettings(path, io);
  if (read.kind === 'ok') return read.settings.readOnly;
  const file = io.readFile(path);
  const isMeant =
    file.kind !== 'text' || /^\s*["']?readOnly["']?\s*:(?!\s*(?:false|no|off)\s*(?:#|$))/m.test(file.text);
  return isMeant ? `${path} has a mistake in it and may say readOnly; muster doctor names it` : undefined;
}
