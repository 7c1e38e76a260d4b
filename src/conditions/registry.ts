import type { ConditionRules } from '../model/condition.ts';
import { contentRules } from './contents.ts';
import { diskRules } from './disks.ts';
import { drainRules } from './drain.ts';
import { exportRules } from './exports.ts';
import { fileRules } from './files.ts';
import { gitRules } from './git.ts';
import { gpuRules } from './gpus.ts';
import { kubeRules } from './kube.ts';
import { migRules } from './mig.ts';
import { mountRules } from './mounts.ts';
import { nodeRules } from './node.ts';
import { unitRules } from './units.ts';

/** Every kind of condition; one left out is a compile error. */
export const conditions: ConditionRules = {
  ...diskRules,
  ...mountRules,
  ...fileRules,
  ...contentRules,
  ...gitRules,
  ...exportRules,
  ...unitRules,
  ...nodeRules,
  ...gpuRules,
  ...migRules,
  ...drainRules,
  ...kubeRules,
};
