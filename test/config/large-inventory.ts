import { readInventory } from '../../src/config/read.ts';
import { memoryIo } from './memory-io.ts';

/** An inventory in muster's own format that names every node by itself, with settings, in nested groups of 50. */
export function largeOwn(nodeCount: number): string {
  const names = Array.from({ length: nodeCount }, (_, index) => `node${String(index).padStart(5, '0')}`);
  const nodes = names.map(
    (name, index) =>
      `  ${name}:\n    address: 10.${index >> 16}.${(index >> 8) & 255}.${index & 255}\n    user: admin\n    labels: { rack: r${index % 40} }\n    gpus: { count: 8, model: NVIDIA H100 80GB HBM3 }\n`,
  );
  const racks = Array.from({ length: Math.ceil(nodeCount / 50) }, (_, index) => `rack${index}`);
  const groups = racks.map(
    (rack, index) =>
      `  ${rack}:\n    members: node[${String(index * 50).padStart(5, '0')}-${String(Math.min(nodeCount, (index + 1) * 50) - 1).padStart(5, '0')}]\n    port: 22\n`,
  );
  const mounts = Array.from(
    { length: 20 },
    (_, index) =>
      `  - { source: "node00000:/export/${index}", type: nfs4, target: /data/${index}, nodes: "@everything!node00000" }\n`,
  );
  return `nodes:\n${nodes.join('')}groups:\n${groups.join('')}  everything: { groups: [${racks.join(', ')}] }\nmounts:\n${mounts.join('')}`;
}

/** An Ansible inventory as nested YAML: sites of racks of 50 hosts, with variables on each level and each host. */
export function largeAnsible(nodeCount: number): string {
  const lines = ['all:', '  vars: { ansible_user: admin }', '  children:'];
  for (let at = 0; at < nodeCount; at++) {
    if (at % 1000 === 0)
      lines.push(
        `    site${at / 1000}:`,
        '      vars: { nfs: { mounts: { data: { share: "{{ hostvars[groups[\'all\'] | first].ansible_host }}:/data", mount: /data, options: {} } } } }',
        '      children:',
      );
    if (at % 50 === 0) lines.push(`        rack${at / 50}:`, '          hosts:');
    lines.push(
      `            node${String(at).padStart(5, '0')}:`,
      `              ansible_host: 10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      '              gpu_count: 8',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** How long reading takes, in ms, for both formats. */
export async function measureInventory(
  nodeCount: number,
): Promise<{ readonly ownMs: number; readonly ansibleMs: number }> {
  const io = memoryIo({ '/own.yaml': largeOwn(nodeCount), '/hosts.yaml': largeAnsible(nodeCount) });
  const measure = async (path: string): Promise<number> => {
    const before = performance.now();
    const read = await readInventory(path, io);
    if (read.kind !== 'ok' || read.inventory.nodes.length !== nodeCount) throw new Error(`${path} was not read`);
    return performance.now() - before;
  };
  return { ownMs: await measure('/own.yaml'), ansibleMs: await measure('/hosts.yaml') };
}
