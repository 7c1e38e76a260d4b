import type { CardMeters } from '../model/card-meters.ts';
import { ParseError } from '../model/errors.ts';

/** Cards and MIG devices of one node: sixteen cards of seven devices each are the most there are. */
const MOST_CARDS = 128;
/** Pods of one card: a device plugin makes no more slices of use. */
const MOST_PODS = 128;
const LABEL_LENGTH = 200;
const MIB = 1_048_576;
/** Characters of a line; the longest of the exporter has some 600. */
const LINE_LENGTH = 16_384;

type Figure = Exclude<keyof CardMeters, 'gpu' | 'uuid' | 'model' | 'mig' | 'pods'>;

interface Metric {
  readonly figure: Figure;
  readonly least: number;
  readonly most: number;
  /** What one of the exporter's units is in ours. */
  readonly times?: number;
  readonly per?: number;
  readonly isWhole?: boolean;
}

/**
 * What is read of the exporter's default counters, with the range a card can be in. DCGM tells "blank" and "not supported" as huge numbers
 * (9223372036854775794, 2147483632, 140737488355328; dcgm_structs.h), which are outside of all.
 */
const METRICS: { readonly [name: string]: Metric } = {
  DCGM_FI_DEV_GPU_UTIL: { figure: 'utilisationRatio', least: 0, most: 100, per: 100 },
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: { figure: 'engineRatio', least: 0, most: 1 },
  DCGM_FI_DEV_FB_USED: { figure: 'memoryUsedBytes', least: 0, most: 16_777_216, times: MIB },
  DCGM_FI_DEV_FB_FREE: { figure: 'memoryFreeBytes', least: 0, most: 16_777_216, times: MIB },
  DCGM_FI_DEV_GPU_TEMP: { figure: 'temperatureC', least: -60, most: 200 },
  DCGM_FI_DEV_MEMORY_TEMP: { figure: 'memoryTemperatureC', least: -60, most: 200 },
  DCGM_FI_DEV_POWER_USAGE: { figure: 'powerW', least: 0, most: 10_000 },
  DCGM_FI_DEV_SM_CLOCK: { figure: 'smClockMhz', least: 0, most: 20_000 },
  DCGM_FI_DEV_XID_ERRORS: { figure: 'lastXid', least: 0, most: 10_000, isWhole: true },
};

interface Building {
  readonly gpu: string;
  readonly uuid: string;
  model: string;
  readonly mig: CardMeters['mig'];
  readonly figures: Map<Figure, number>;
  /** Told twice and not the same: there is no knowing which is true. */
  readonly doubtful: Set<Figure>;
  readonly pods: Set<string>;
}

/**
 * The cards in what dcgm-exporter answers at `/metrics` (Prometheus text format 0.0.4), by number. Throws a ParseError for what is cut off, is no such text
 * or says nothing of cards; a figure outside of what a card can be is left out.
 */
export function readMeters(answer: string): readonly CardMeters[] {
  // The format ends every line: a last line without its end may be half a number.
  if (!answer.endsWith('\n')) throw refused(0, 'the answer ends in the middle of a line');
  const cards = new Map<string, Building>();
  let number = 0;
  for (const line of answer.split('\n')) {
    number += 1;
    if (line === '' || line.startsWith('#')) continue;
    take(cards, line, number);
  }
  if (cards.size === 0) throw refused(0, 'it says nothing of any card');
  return [...cards.values()]
    .toSorted(
      (left, right) =>
        left.gpu.localeCompare(right.gpu, 'en', { numeric: true }) ||
        (left.mig?.instance ?? '').localeCompare(right.mig?.instance ?? '', 'en', { numeric: true }),
    )
    .map(built);
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?=[{ \t])/;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*([,}])/y;
const VALUE = /^[ \t]+([+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|NaN))(?:[ \t]+-?\d+)?[ \t]*\r?$/;

function take(cards: Map<string, Building>, line: string, number: number): void {
  const name = line.length > LINE_LENGTH ? undefined : NAME.exec(line)?.[0];
  if (name === undefined) throw refused(number, line);
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  if (metric === undefined) return;
  const { labels, end } = labelsOf(line, name.length, number);
  const value = VALUE.exec(line.slice(end))?.[1];
  if (value === undefined) throw refused(number, line);
  const uuid = labels.get('UUID') ?? '';
  if (uuid === '') return;
  const card = cardOf(cards, uuid, labels);
  const pod = labels.get('pod') ?? '';
  if (pod !== '' && card.pods.size < MOST_PODS) card.pods.add(`${labels.get('namespace') ?? ''}/${pod}`);
  note(card, metric, Number(value));
}

/** The labels after the name, and where they end. */
function labelsOf(line: string, from: number, number: number): { labels: ReadonlyMap<string, string>; end: number } {
  const labels = new Map<string, string>();
  if (line[from] !== '{') return { labels, end: from };
  let end = from + 1;
  while (line[end] !== '}') {
    LABEL.lastIndex = end;
    const [whole, key = '', text = '', close] = LABEL.exec(line) ?? [];
    if (whole === undefined || labels.has(key)) throw refused(number, line);
    labels.set(key, unescaped(text).slice(0, LABEL_LENGTH));
    end += whole.length;
    if (close === '}') return { labels, end };
  }
  return { labels, end: end + 1 };
}

const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)) : text;

function cardOf(cards: Map<string, Building>, uuid: string, labels: ReadonlyMap<string, string>): Building {
  const instance = labels.get('GPU_I_ID') ?? '';
  const key = `${uuid} ${instance}`;
  const model = labels.get('modelName') ?? '';
  const known = cards.get(key);
  if (known !== undefined) {
    known.model ||= model;
    return known;
  }
  if (cards.size >= MOST_CARDS) throw refused(0, `it tells of more than ${MOST_CARDS} cards`);
  const mig = instance === '' ? undefined : { instance, profile: labels.get('GPU_I_PROFILE') ?? '' };
  const gpu = labels.get('gpu') ?? '';
  const made = { gpu, uuid, model, mig, figures: new Map(), doubtful: new Set<Figure>(), pods: new Set<string>() };
  cards.set(key, made);
  return made;
}

function note(
  card: Building,
  { figure, least, most, times = 1, per = 1, isWhole = false }: Metric,
  value: number,
): void {
  const isPossible = value >= least && value <= most && (!isWhole || Number.isInteger(value));
  if (!isPossible) return;
  const told = (value * times) / per;
  const before = card.figures.get(figure);
  if (before !== undefined && before !== told) card.doubtful.add(figure);
  card.figures.set(figure, told);
}

function built({ gpu, uuid, model, mig, figures, doubtful, pods }: Building): CardMeters {
  const sure = [...figures].filter(([figure, value]) => !doubtful.has(figure) && (figure !== 'lastXid' || value !== 0));
  return {
    gpu,
    uuid,
    ...(model === '' ? {} : { model }),
    ...(mig === undefined ? {} : { mig }),
    ...Object.fromEntries(sure),
    pods: [...pods].toSorted(),
  };
}

const refused = (line: number, text: string): ParseError =>
  line === 0 ? new ParseError('dcgm-exporter', 0, '', text) : new ParseError('dcgm-exporter', line, text);
