import { type CardMeters, cardCount, metersKey, whoseFigures } from '../../src/model/card-meters.ts';
import { nodeName } from '../../src/model/ids.ts';
import { formatBytes, formatDuration, formatRatio } from '../../src/model/units.ts';
import { sharingAt } from '../../src/store/selectors/sharing-rows.ts';
import type { DescribeContext, Section } from '../../src/ui/view.ts';
import { sentencesSection } from './describe.ts';

/** The cards of a Kubernetes node as dcgm-exporter tells them, each with whose figures they are; nothing where the node has no exporter. */
export function meterSections(cluster: string, node: string, { state, nowMs }: DescribeContext): readonly Section[] {
  const meters = state.meters.get(metersKey(cluster, node));
  if (meters === undefined) return [];
  const { cards, atMs, because } = meters;
  const sharing = sharingAt(state, { cluster, node: nodeName(node) });
  const count = cardCount(cards);
  return [
    ...sentencesSection(
      `Cards (dcgm-exporter${ageWords(atMs, nowMs)})`,
      cards.flatMap((card) => {
        const whose = whoseFigures(card, count, sharing);
        return [`${nameOf(card)}  ${figuresOf(card)}`, ...(whose === '' ? [] : [`  ${whose}`])];
      }),
    ),
    ...sentencesSection('dcgm-exporter', because === undefined ? [] : [because], 'warning'),
  ];
}

/** `, 12s ago`; empty where nothing was told. */
export const ageWords = (atMs: number | undefined, nowMs: number): string =>
  atMs === undefined ? '' : `, ${formatDuration(Math.max(0, nowMs - atMs))} ago`;

/** `gpu1 MIG 2 1g.10gb`, `gpu0 NVIDIA L40S`. */
export const nameOf = ({ gpu, mig, model }: CardMeters): string =>
  [`gpu${gpu}`, ...(mig === undefined ? [] : [`MIG ${mig.instance} ${mig.profile}`]), model ?? ''].join(' ').trim();

/** All that is told of a card or MIG device, on one line. */
export function figuresOf(card: CardMeters): string {
  const told = [
    said(card.utilisationRatio, (ratio) => `busy ${formatRatio(ratio)}`),
    said(card.engineRatio, (ratio) => `engines ${formatRatio(ratio)}`),
    said(card.memoryUsedBytes, (bytes) => `memory ${formatBytes(bytes)} used`),
    said(card.memoryFreeBytes, (bytes) => `${formatBytes(bytes)} free`),
    said(card.temperatureC, (degrees) => `${degrees} °C`),
    said(card.memoryTemperatureC, (degrees) => `memory ${degrees} °C`),
    said(card.powerW, (watts) => `${Math.round(watts)} W`),
    said(card.smClockMhz, (clock) => `${clock} MHz`),
    said(card.lastXid, (xid) => `last Xid ${xid}`),
  ];
  return told.filter((part) => part !== undefined).join(', ') || 'no figures';
}

const said = (value: number | undefined, words: (value: number) => string): string | undefined =>
  value === undefined ? undefined : words(value);
