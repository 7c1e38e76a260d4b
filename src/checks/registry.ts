import type { CheckSet } from '../model/check.ts';
import { contents } from './contents.ts';
import { entries } from './entries.ts';
import { extent } from './extent.ts';
import { file } from './file.ts';
import { gitFile } from './git-file.ts';
import { gpuHolders } from './gpu-holders.ts';
import { gpuMig } from './gpu-mig.ts';
import { gpuSettings } from './gpu-settings.ts';
import { gpuStack } from './gpu-stack.ts';
import { holders } from './holders.ts';
import { identities } from './identities.ts';
import { kubeApplication } from './kube-application.ts';
import { kubeNode } from './kube-node.ts';
import { kubePods } from './kube-pods.ts';
import { kubeSharing } from './kube-sharing.ts';
import { processes } from './processes.ts';
import { service } from './service.ts';
import { signatures } from './signatures.ts';
import { users } from './users.ts';

/** Every check by its name; one left out is a compile error. */
export const checks: CheckSet = {
  file,
  entries,
  signatures,
  extent,
  users,
  service,
  contents,
  identities,
  holders,
  processes,
  gitFile,
  kubeSharing,
  kubeApplication,
  gpuSettings,
  gpuHolders,
  gpuMig,
  gpuStack,
  kubeNode,
  kubePods,
};
