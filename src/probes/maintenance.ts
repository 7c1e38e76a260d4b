import { ParseError } from '../model/errors.ts';
import type { MaintenanceNote } from '../model/maintenance-note.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { nonEmptyLines } from './text.ts';

/** A reason longer than this is no note. */
const CHARACTERS = 300;

/** The note that the action `drain-note` leaves: `reason=`, `author=` and `at=` lines of /etc/muster/maintenance; nothing without one. */
export const maintenance = {
  name: 'maintenance',
  ask: {
    kind: 'inline',
    builtinsOnly: true,
    early: '[ ! -e /etc/muster/maintenance ]',
    sh: `
lines=0
if [ -f /etc/muster/maintenance ] && [ -r /etc/muster/maintenance ]; then
  while IFS= read -r line && [ "$lines" -lt 10 ]; do lines=$((lines + 1)); printf '%.400s\\n' "$line"; done < /etc/muster/maintenance
fi`,
  },
  everyMs: 10_000,
  parse: ({ stdout }) => {
    const lines = nonEmptyLines(stdout);
    if (lines.length === 0) return absent('no maintenance note');
    const value = (key: string): string | undefined =>
      lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1, key.length + 1 + CHARACTERS);
    const reason = value('reason')?.trim();
    if (reason === undefined || reason === '') throw new ParseError('maintenance', 1, stdout);
    const author = value('author')?.trim();
    const at = value('at') ?? '';
    // A time that was cut is another time.
    const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at) ? Date.parse(at) : Number.NaN;
    return fact<MaintenanceNote>({
      reason,
      ...(author === undefined || author === '' ? {} : { author }),
      ...(Number.isFinite(atMs) ? { atMs } : {}),
    });
  },
} satisfies Probe<'maintenance'>;
