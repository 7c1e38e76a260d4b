import { chartKeyDropped } from './chart-key-dropped.ts';
import { clockSkew } from './clock-skew.ts';
import { clusterUnread } from './cluster-unread.ts';
import { containerToolkit } from './container-toolkit.ts';
import { directoryDrifted } from './directory-drifted.ts';
import { diskErrors } from './disk-errors.ts';
import { diskFilling } from './disk-filling.ts';
import { driverFailing } from './driver-failing.ts';
import { driversMixed } from './drivers-mixed.ts';
import { ecc } from './ecc.ts';
import { eccRate } from './ecc-rate.ts';
import { exportLint } from './export-lint.ts';
import { exportMissing } from './export-missing.ts';
import { gpuDrifted } from './gpu-drifted.ts';
import { gpuFabric } from './gpu-fabric.ts';
import { gpuFailing } from './gpu-failing.ts';
import { gpuHot } from './gpu-hot.ts';
import { gpuLink } from './gpu-link.ts';
import { gpuLinkSlow } from './gpu-link-slow.ts';
import { gpuLost } from './gpu-lost.ts';
import { gpuMemoryHeld } from './gpu-memory-held.ts';
import { gpuMissing } from './gpu-missing.ts';
import { gpuNotAdvertised } from './gpu-not-advertised.ts';
import { gpuPersistence } from './gpu-persistence.ts';
import { gpuPodsWait } from './gpu-pods-wait.ts';
import { gpuPriority } from './gpu-priority.ts';
import { gpuRecovery } from './gpu-recovery.ts';
import { gpuRenamed } from './gpu-renamed.ts';
import { gpuRolloutStuck } from './gpu-rollout-stuck.ts';
import { gpuUndetected } from './gpu-undetected.ts';
import { gpuUneven } from './gpu-uneven.ts';
import { hostKeyChanged } from './host-key-changed.ts';
import { hostKeyUnknown } from './host-key-unknown.ts';
import { linkRefused } from './link-refused.ts';
import { maintenance } from './maintenance.ts';
import { mountDrifted } from './mount-drifted.ts';
import { mountHung } from './mount-hung.ts';
import { mountMissing } from './mount-missing.ts';
import { nfsSlow } from './nfs-slow.ts';
import { nfsdDown } from './nfsd-down.ts';
import { nfsdThreads } from './nfsd-threads.ts';
import { nodeLate } from './node-late.ts';
import { nodeLost } from './node-lost.ts';
import { nvlinkDown } from './nvlink-down.ts';
import { pcieReplay } from './pcie-replay.ts';
import { probeFailing } from './probe-failing.ts';
import { readOnly } from './read-only.ts';
import type { Rule } from './rule.ts';
import { selectorNoNode } from './selector-no-node.ts';
import { serverUnreachable } from './server-unreachable.ts';
import { shareFilling } from './share-filling.ts';
import { sharingDefault } from './sharing-default.ts';
import { sharingDrifted } from './sharing-drifted.ts';
import { sharingDropped } from './sharing-dropped.ts';
import { sharingLabel } from './sharing-label.ts';
import { sharingNotTaken } from './sharing-not-taken.ts';
import { sharingTwice } from './sharing-twice.ts';
import { sharingUnchosen } from './sharing-unchosen.ts';
import { slicesMany } from './slices-many.ts';
import { slicesRefused } from './slices-refused.ts';
import { stackedMounts } from './stacked-mounts.ts';
import { staleHandle } from './stale-handle.ts';
import { sudoRefused } from './sudo-refused.ts';
import { talosMachine } from './talos-machine.ts';
import { throttling } from './throttling.ts';
import { unitFailed } from './unit-failed.ts';
import { volumeDrifted } from './volume-drifted.ts';
import { xid } from './xid.ts';

/** Every rule, in the order they are asked; node rules first of all, so that the others can explain what those found. */
export const rules: readonly Rule[] = [
  nodeLost,
  nodeLate,
  linkRefused,
  hostKeyChanged,
  hostKeyUnknown,
  sudoRefused,
  mountHung,
  serverUnreachable,
  clockSkew,
  diskErrors,
  diskFilling,
  shareFilling,
  driverFailing,
  ecc,
  eccRate,
  exportLint,
  exportMissing,
  gpuDrifted,
  gpuFailing,
  gpuFabric,
  gpuHot,
  gpuLink,
  gpuLinkSlow,
  gpuMemoryHeld,
  gpuMissing,
  gpuPersistence,
  gpuRecovery,
  gpuUneven,
  gpuUndetected,
  containerToolkit,
  mountDrifted,
  mountMissing,
  nfsSlow,
  nfsdDown,
  nfsdThreads,
  nvlinkDown,
  pcieReplay,
  probeFailing,
  readOnly,
  stackedMounts,
  staleHandle,
  throttling,
  unitFailed,
  volumeDrifted,
  directoryDrifted,
  xid,
  driversMixed,
  clusterUnread,
  talosMachine,
  sharingDropped,
  sharingDefault,
  sharingLabel,
  sharingUnchosen,
  sharingTwice,
  chartKeyDropped,
  sharingNotTaken,
  sharingDrifted,
  gpuNotAdvertised,
  slicesMany,
  slicesRefused,
  gpuRenamed,
  selectorNoNode,
  gpuRolloutStuck,
  gpuPriority,
  gpuPodsWait,
  maintenance,
  gpuLost,
];
