// What is shown of a node without SSH, of which everything is wished and nothing can be known.
import { describe, expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { initialState } from '../../src/store/store.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { disksView } from '../../views/disks.ts';
import { exportsView } from '../../views/exports.ts';
import { gpusView } from '../../views/gpus.ts';
import { matrixView } from '../../views/matrix.ts';
import { mountsView } from '../../views/mounts.ts';
import { nodesView } from '../../views/nodes.ts';
import { overviewView } from '../../views/overview.ts';
import { views } from '../../views/registry.ts';
import { inventoryOf, mountSpec, NOW_MS, nodeOf } from './fleet.ts';
import { paintCanvas, paintList, textOfSections } from './paint.ts';

const WHY = 'has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing';

const talos = initialState(
  inventoryOf([nodeOf('talos1', { via: 'kubernetes', gpus: { count: 1 } })], {
    mounts: [mountSpec('/data', 'nfs-a:/export/data', ['talos1'])],
    exports: [{ node: nodeName('talos1'), path: '/export/a', clients: [{ client: '*', options: ['rw'] }] }],
    volumes: [
      {
        name: 'bulk',
        nodes: [nodeName('talos1')],
        disk: { serial: 'S5GX' },
        fsType: 'xfs',
        target: '/export/a',
        options: [],
        directories: [{ path: '/export/a/home' }],
      },
    ],
  }),
);

describe('a node without SSH', () => {
  test('every list says so instead of a state', () => {
    const lists = [
      paintList(nodesView, talos, 78),
      paintList(mountsView, talos, 78),
      paintList(exportsView, talos, 78),
      paintList(disksView, talos, 78),
      paintList(gpusView, talos, 78),
    ];
    expect(lists.join('\n\n')).toMatchInlineSnapshot(`
      "NODE        STATE              LOAD  MEM     GPUS  MOUNTS  FINDINGS        AGE
      talos1      - no ssh              -  -        -/1     -/2                    -

      NODE         TARGET         STATE           TYPE  USED       SIZE   AGE    RTT
      talos1       /data          - no ssh        nfs4  -                   -
      talos1       /export/a      - no ssh        xfs   -                   -

      SERVER      PATH            CLIENT          STATE          MOUNTED BY  CLIENTS
      talos1      /export/a       *               - no ssh       0

      NODE         DEVICE          SIZE  STATE          FS     USED BY      USED
      talos1       volume bulk           - no ssh

      NODE         GPU  STATE          UTIL       MEM    TEMP     POWER  LAST 10 MIN
      talos1         0  - no ssh       -          -         -         -"
    `);
  });

  test('matrix and overview say so', () => {
    expect(
      `${paintCanvas(matrixView, talos, 80, 10)}\n\n${paintCanvas(overviewView, talos, 80, 12)}`,
    ).toMatchInlineSnapshot(`
      "NODE     /data /export/a
               0/1   0/1
      - talos1 ?     ?

      ● as declared  ■ mounted  ○ automount  ≠ drifted  ✗ missing  H hung
      S stale handle  + not wished  ◐ hidden  ? unknown  · never asked  - no ssh

      NODES       1  - 1 no ssh
      GPUS        1  1 unknown

      nodes  talos1  1 node, 1 GPU
      - talos1 -

      ● up  ◔ late  ✗ lost  ⊘ refused  H hung  ◆ critical  ▽ shared  ▲ warning
      GPU ▁▃▅▇█ busy  ✗ failed  □ missing  ◆ failing  ▼ throttled  · never asked"
    `);
  });

  test('every describe pane says why nothing is known, and none says that it was not asked yet', () => {
    const all: readonly AnyView[] = views;
    const panes = all.flatMap((view) =>
      view
        .rows(talos)
        .map(
          (row) =>
            [
              `${view.name} ${row.id}`,
              textOfSections(view.describe(row, { state: talos, nowMs: NOW_MS, ascii: false })),
            ] as const,
        ),
    );
    expect(panes.map(([name]) => name)).toMatchInlineSnapshot(`
      [
        "overview talos1",
        "nodes talos1",
        "mounts talos1:/data",
        "mounts talos1:/export/a",
        "matrix talos1",
        "exports talos1:/export/a:*",
        "disks talos1:volume:bulk",
        "gpus talos1:gpu0",
      ]
    `);
    for (const [, text] of panes) {
      expect(text).toContain(WHY);
      expect(text).not.toMatch(/not asked yet|never asked|not connected yet|waiting/);
    }
  });

  test('a view that has no row of it says why it is empty', () => {
    const all: readonly AnyView[] = views;
    const empty = all.filter((view) => view.rows(talos).length === 0);
    expect(empty.map((view) => `${view.name}: ${view.empty(talos)}`).join('\n')).toMatchInlineSnapshot(`
      "processes: Nothing is known: every node has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing.
      findings: Nothing is known: every node has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing.
      events: Nothing has happened yet.
      rollouts: No rollouts: a on a row opens the actions, and what they do is kept here.
      probes: Nothing is known: every node has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing.
      sharing: The inventory names no Kubernetes cluster: add "clusters:" (docs/kubernetes.md).
      workloads: The inventory names no Kubernetes cluster: add "clusters:" (docs/kubernetes.md).
      plan: No plan is open: a on a row opens the actions.
      rollout: This rollout has no steps yet.
      rollout-log: No log is open: Enter on a node of a rollout opens its log.
      pod-log: No log is open: L on a pod of Workloads opens its log."
    `);
  });
});
