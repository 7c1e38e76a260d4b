// The describe pane of every kind of row.
import { describe, expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { findingsView } from '../../views/findings.ts';
import { mountsView } from '../../views/mounts.ts';
import { nodesView } from '../../views/nodes.ts';
import { views } from '../../views/registry.ts';
import { NOW_MS } from './fleet.ts';
import { textOfSections } from './paint.ts';
import { fleet } from './small-fleet.ts';

describe('describe', () => {
  test('a hung mount tells facts, wish, findings with the next move, and events', () => {
    const row = mountsView.rows(fleet).find(({ id }) => id === 'gpu02:/data');
    expect(
      row && textOfSections(mountsView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Facts]
      state           H hung for 38s: it does not answer statfs
      source          nfs-a:/export/data
      type            nfs4
      options         ro vers=4.2 rw
      space           38T used (95%), 2.0T free of 40T
      inodes          100000 of 1000000 in use
      link            up for 60s over ssh, round trip 1.4ms
      [Wished state]
      must be         mounted
      source          nfs-a:/export/data
      type            nfs4
      how             fstab
      [Findings]
      ✗ critical: nfs-a does not answer: 1 mount hangs on gpu02, for 38s
        do: Look at the NFS server of nfs-a.
      [Recent events]
      07:59:00  /data hangs"
    `);
  });

  test('an ASCII terminal is described in ASCII', () => {
    const all: readonly AnyView[] = views;
    for (const view of all) {
      for (const row of view.rows(fleet)) {
        const text = textOfSections(view.describe(row, { state: fleet, nowMs: NOW_MS, ascii: true }));
        expect(text).not.toMatch(/[✗▲•●○◐≠■◆□▼◇┬·…⊘◔]/);
      }
    }
  });

  test('a lost node tells why, when it is tried again, and what was last known', () => {
    const row = nodesView.rows(fleet).find(({ id }) => id === 'gpu03');
    expect(
      row && textOfSections(nodesView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Facts]
      link            lost for 42s: connection timed out; retry in 8s, last heard 72s ago
      address         gpu03.example.org
      system          Ubuntu 24.04
      kernel          6.8.0-45 (x86_64)
      cores           64
      load            130 10 8
      memory          128G free of 512G
      uptime          41d
      boot id         b0071d
      [Wished state]
      class           h100
      groups          gpu
      GPUs            4 x H100
      mounts          /data /scratch
      [Drift]
      /scratch: neither its automount nor the filesystem is there
      GPUs: count: 4 wished, 3 seen
      [Findings]
      ✗ critical: gpu03 is lost: connection timed out, for 90s
        do: look at it
      [Recent events]
      07:59:18  lost: connection timed out"
    `);
  });

  test('a finding tells its evidence node by node', () => {
    const row = findingsView.rows(fleet)[0];
    expect(
      row && textOfSections(findingsView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Finding]
      nfs-a does not answer: 1 mount hangs on gpu02
      [Next move]
      Look at the NFS server of nfs-a.
      [Facts]
      severity        critical
      for             38s
      nodes           gpu02
      rule            mount-hung
      [Evidence]
      gpu02  /data  nfs-a:/export/data does not answer
      [Recent events]
      07:59:00  gpu02  /data hangs"
    `);
  });

  test('evidence and events that many nodes share are one line each', () => {
    const nodes = ['gpu01', 'gpu02', 'gpu03'].map(nodeName);
    const [shown] = fleet.findings;
    const finding = shown && {
      ...shown,
      evidence: nodes.map((node) => ({ node, about: '/data', text: 'nfs-a:/export/data does not answer' })),
    };
    const state = {
      ...fleet,
      findings: finding === undefined ? [] : [finding],
      events: fleet.events.flatMap((event) => nodes.map((node) => ({ ...event, node, text: '/data hangs' }))),
    };
    const row = findingsView.rows(state)[0];
    const lines = row && textOfSections(findingsView.describe(row, { state, nowMs: NOW_MS, ascii: false }));
    expect(lines).toContain('gpu[01-03]  /data  nfs-a:/export/data does not answer');
    expect(lines).toMatch(/^\d\d:\d\d:\d\d {2}gpu\[01-03\] {2}\/data hangs$/m);
  });
});
