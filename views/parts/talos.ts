import type { TalosFacts, TalosService } from '../../src/model/talos.ts';
import { formatBytes, formatDuration, formatRatio } from '../../src/model/units.ts';
import type { Cell, DescribeContext, Section } from '../../src/ui/view.ts';
import { factsSection, sentencesSection } from './describe.ts';

/** What talosctl tells of a machine of Talos; nothing where the cluster does not ask it. */
export function talosSections(cluster: string, name: string, { state, nowMs }: DescribeContext): readonly Section[] {
  const talos = state.clusters.get(cluster)?.talos.get(name);
  if (talos === undefined) return [];
  const { facts, because } = talos;
  return [
    ...(facts === undefined ? [] : factSections(facts, nowMs)),
    ...sentencesSection('talosctl', [...(because === undefined ? [] : [because]), ...(facts?.notes ?? [])], 'warning'),
  ];
}

function factSections(facts: TalosFacts, nowMs: number): readonly Section[] {
  const { unmet, services, extensions, disks, mounts, events } = facts;
  const bad = services.filter(isBad);
  return [
    factsSection('Talos', [
      ['stage', stageCell(facts)],
      ['services', services.flatMap((service) => (isBad(service) ? [] : service.name)).join(', ')],
      ['extensions', extensions.map((extension) => `${extension.name} ${extension.version}`.trim()).join(', ')],
      ...disks.map(
        ({ path, sizeBytes, model, transport, isReadOnly }) =>
          [
            path,
            [formatBytes(sizeBytes), model, transport, isReadOnly ? 'read-only' : undefined]
              .filter((part) => part !== undefined)
              .join(', '),
          ] as const,
      ),
      ...mounts.map(
        ({ source, target, sizeBytes, usedBytes }) =>
          [
            target,
            `${sizeBytes === 0 ? '?' : formatRatio(usedBytes / sizeBytes)} of ${formatBytes(sizeBytes)} used, ${source}`,
          ] as const,
      ),
    ]),
    ...sentencesSection(
      'Talos waits for',
      [
        ...unmet.map(({ name, reason }) => (reason === '' ? name : `${name}: ${reason}`)),
        ...bad.map(({ name }) => `service ${name} is not healthy`),
      ],
      'warning',
    ),
    ...sentencesSection(
      'Kernel log',
      events.map(({ text, atMs }) => `${formatDuration(Math.max(0, nowMs - atMs))} ago  ${text}`),
      'warning',
    ),
  ];
}

/** A service that has ended by itself, as one-shot ones do, is not running and not unhealthy. */
const isBad = ({ isRunning, health }: TalosService): boolean => isRunning && health === 'unhealthy';

function stageCell({ stage, isReady }: TalosFacts): Cell | undefined {
  if (stage === undefined) return undefined;
  if (isReady === undefined) return stage;
  return [{ text: `${stage}, ${isReady ? 'ready' : 'not ready'}`, role: isReady ? 'good' : 'warning' }];
}
