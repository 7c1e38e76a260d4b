import type { GpuErrors } from '../model/gpu-errors.ts';
import { busId } from '../model/pci-address.ts';
import { MAX_ROWS, nonEmptyLines, present, wholeNumber } from './text.ts';

/** What `nvidia-smi -q` says of one card. */
export interface CardHealth extends Pick<GpuErrors, 'replays' | 'recovery' | 'fabric'> {
  readonly uuid?: string;
}

/** A sed(1) script that keeps the lines below of `nvidia-smi -q`; what belongs to the fabric is called so, because state and status have no name of their own. */
export const HEALTH_LINES =
  '/^GPU [0-9A-Fa-f]/p; /^ *GPU UUID  *:/p; /^ *Replays [Ss]ince [Rr]eset/p; /^ *GPU Recovery Action/p; ' +
  '/^ *Fabric *$/,/^ *Status/{s/^ *State  *:/Fabric State :/p; s/^ *Status  *:/Fabric Status :/p;}';

/** A card's address on the bus, as nvidia-smi writes it. */
export const BUS_ID = /^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]$/;

/** Lines kept of a card, with the one that names it. */
const LINES_A_CARD = 6;
/** NVLinks of a card: 18 on H100. */
const LINKS_A_CARD = 64;

/** By card: blocks that begin with `GPU 00000000:1B:00.0`, each with lines `NAME : VALUE`. */
export function healthIn(text: string): ReadonlyMap<string, CardHealth> {
  const found = new Map<string, CardHealth>();
  let card: string | undefined;
  let values = new Map<string, string>();
  const close = () => {
    if (card !== undefined && values.size > 0 && found.size < MAX_ROWS) found.set(card, healthOf(values));
  };
  for (const line of nonEmptyLines(text).slice(0, LINES_A_CARD * MAX_ROWS)) {
    if (line.startsWith('GPU ')) {
      close();
      const address = line.slice(4).trim();
      card = BUS_ID.test(address) ? busId(address) : undefined;
      values = new Map();
    }
    const [, name = '', value = ''] = /^ *(\S[A-Za-z ]{3,40}?) *: *(\S.*)$/.exec(line) ?? [];
    if (name !== '') values.set(name.toLowerCase(), value.trim());
  }
  close();
  return found;
}

function healthOf(values: ReadonlyMap<string, string>): CardHealth {
  const state = inWords(values.get('fabric state'));
  const status = inWords(values.get('fabric status'));
  const recovery = inWords(values.get('gpu recovery action'));
  return present<CardHealth>({
    uuid: values.get('gpu uuid'),
    replays: countIn(values.get('replays since reset') ?? ''),
    recovery: recovery === 'None' ? undefined : recovery,
    fabric: state === undefined ? undefined : { state, ...present<{ status?: string }>({ status }) },
  });
}

/** A few words of the driver; `N/A` and whatever is no word is none. */
const inWords = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Z][A-Za-z0-9 _-]{1,40}$/.test(text) ? text : undefined;

/** By UUID of the card: how many of its NVLinks carry data. A card that lists none is not in it. */
export function linksIn(text: string): ReadonlyMap<string, { readonly active: number; readonly total: number }> {
  const found = new Map<string, { active: number; total: number }>();
  let links: { active: number; total: number } | undefined;
  for (const line of nonEmptyLines(text).slice(0, LINKS_A_CARD * MAX_ROWS)) {
    const uuid = /^GPU \d+: .*\(UUID: (GPU-[0-9A-Za-z-]{1,80})\)/.exec(line)?.[1];
    if (line.startsWith('GPU ')) links = undefined;
    if (uuid !== undefined && found.size < MAX_ROWS) {
      links = { active: 0, total: 0 };
      found.set(uuid, links);
    }
    const speed = /^\s*Link \d{1,2}: (\S.*)$/.exec(line)?.[1];
    if (links === undefined || speed === undefined || links.total >= LINKS_A_CARD) continue;
    links.total += 1;
    if (/^\d/.test(speed)) links.active += 1;
  }
  return new Map([...found].filter(([, { total }]) => total > 0));
}

/** A counter of 64 bits; more is no counter. */
export function countIn(text: string): number | undefined {
  const value = wholeNumber(text.trim());
  return value !== undefined && value <= 2 ** 63 ? value : undefined;
}
