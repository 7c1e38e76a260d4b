import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';

/** Programs that run containers by themselves; under Kubernetes the operator brings the toolkit along, elsewhere on the disk. */
const RUNTIMES = ['docker', 'podman'] as const;

/** The last link of the chain: cards that answer on the node and not in its containers. NVIDIA Container Toolkit, "Support for CDI". */
export const containerToolkit = {
  kind: 'node',
  name: 'container-toolkit',
  title: 'GPUs not in containers',
  severities: ['warning', 'notice'],
  reads: ['gpus', 'gpuDriver', 'tools'],
  find: ({ name, facts }) => {
    const driver = goodValueOf(facts.slots.gpuDriver);
    if (driver === undefined || facts.slots.gpus?.kind !== 'ok') return [];
    const { hasToolkit, cdi, moduleVersion } = driver;
    const runtime = RUNTIMES.find((each) => goodValueOf(facts.slots.tools)?.includes(each));
    if (cdi?.driverVersion !== undefined && moduleVersion !== undefined && cdi.driverVersion !== moduleVersion) {
      const text = `${cdi.path} is of driver ${cdi.driverVersion}, the module is ${moduleVersion}`;
      const words = { move: `Run "nvidia-ctk cdi generate --output=${cdi.path}" on NODES.` };
      return [{ cause: 'cdi', severity: 'warning', evidence: { node: name, about: 'driver', text }, words }];
    }
    if (runtime === undefined || hasToolkit !== false) return [];
    const words = {
      move: `Install nvidia-container-toolkit on NODES and run "nvidia-ctk runtime configure --runtime=${runtime}", if containers there shall have GPUs.`,
    };
    const text = `${runtime} without the NVIDIA container toolkit`;
    return [{ cause: 'toolkit', severity: 'notice', evidence: { node: name, about: 'driver', text }, words }];
  },
  tell: ({ nodes, first, word }) => ({
    title: `containers on ${nodes} do not get the GPUs: ${first.text}`,
    nextMove: moveFor(word('move'), nodes),
  }),
} satisfies NodeRule;

const moveFor = (move: string, nodes: string): string =>
  move.includes('NODES')
    ? move.replaceAll('NODES', nodes)
    : `Install nvidia-container-toolkit on ${nodes}, or describe the cards for containers anew ("nvidia-ctk cdi generate").`;
