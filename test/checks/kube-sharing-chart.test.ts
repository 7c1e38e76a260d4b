import { expect, test } from 'vitest';
import { kubeSharing } from '../../src/checks/kube-sharing.ts';

test('the version of the charts that made the device plugin and the policy is read from their label', () => {
  const labelled = (name: string, chart: string) =>
    JSON.stringify({ items: [{ metadata: { name, labels: { 'helm.sh/chart': chart } } }] });
  const stdout = `== namespace\ngpu-operator\n== plugins 0\n${labelled('nvidia-device-plugin', 'nvidia-device-plugin-0.18.0')}\n== maps 0\n{}\n== policies 0\n${labelled('cluster-policy', 'gpu-operator-v25.3.0')}\n== pods 0\n== nodes 0\n`;
  expect(kubeSharing.parse({ stdout, exitCode: 0 })).toMatchObject({
    plugin: { chart: 'nvidia-device-plugin-0.18.0' },
    policy: { chart: 'gpu-operator-v25.3.0' },
  });
});
