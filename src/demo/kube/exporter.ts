import { readGpu } from '../gpu-reading.ts';
import type { NodeState } from '../node-state.ts';
import { type KubeObject, operatorPod } from './objects.ts';

const NAME = 'nvidia-dcgm-exporter';

/** The dcgm-exporter of one node. */
export function exporterPod(node: NodeState): KubeObject {
  const pod = operatorPod(NAME, node, node.bootedAtMs);
  return { ...pod, metadata: { ...pod.metadata, labels: { app: NAME } } };
}

/** The node whose exporter a request goes to: `…/pods/nvidia-dcgm-exporter-gpu11:9400/proxy/metrics`. */
export const exporterAt = (path: string): string | undefined =>
  /\/pods\/nvidia-dcgm-exporter-([^/:]+):9400\/proxy\/metrics$/.exec(path)?.[1];

/** What it answers: no pods, as exporters do that were not told of virtual GPUs. */
export function metricsText(node: NodeState, nowMs: number): string {
  const lines = node.gpus
    .filter(({ isLost }) => !isLost)
    .flatMap((gpu) => {
      const { busyPercent, memoryUsedMib, temperatureC, powerW, smMhz } = readGpu(node, gpu, nowMs);
      const labels = `gpu="${gpu.index}",UUID="${gpu.uuid}",device="nvidia${gpu.index}",modelName="${gpu.model.name}",Hostname="${node.name}"`;
      const figures = {
        DCGM_FI_DEV_SM_CLOCK: smMhz,
        DCGM_FI_DEV_GPU_TEMP: temperatureC,
        DCGM_FI_DEV_POWER_USAGE: powerW.toFixed(6),
        DCGM_FI_DEV_GPU_UTIL: busyPercent,
        DCGM_FI_DEV_XID_ERRORS: 0,
        DCGM_FI_DEV_FB_FREE: gpu.model.memoryMib - memoryUsedMib,
        DCGM_FI_DEV_FB_USED: memoryUsedMib,
      };
      return Object.entries(figures).map(([name, value]) => `${name}{${labels}} ${value}\n`);
    });
  return lines.join('');
}
