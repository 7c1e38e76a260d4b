import { disksView } from './disks.ts';
import { eventsView } from './events.ts';
import { exportsView } from './exports.ts';
import { findingsView } from './findings.ts';
import { gpusView } from './gpus.ts';
import { matrixView } from './matrix.ts';
import { mountsView } from './mounts.ts';
import { nodesView } from './nodes.ts';
import { overviewView } from './overview.ts';
import { planView } from './plan.ts';
import { podLogView } from './pod-log.ts';
import { probesView } from './probes.ts';
import { processesView } from './processes.ts';
import { rolloutView } from './rollout.ts';
import { rolloutLogView } from './rollout-log.ts';
import { rolloutsView } from './rollouts.ts';
import { sharingView } from './sharing.ts';
import { workloadsView } from './workloads.ts';

/** Every view, in the order of the palette; the first is shown at start. */
export const views = [
  overviewView,
  nodesView,
  mountsView,
  matrixView,
  exportsView,
  disksView,
  gpusView,
  processesView,
  findingsView,
  eventsView,
  rolloutsView,
  probesView,
  sharingView,
  workloadsView,
  planView,
  rolloutView,
  rolloutLogView,
  podLogView,
] as const;
