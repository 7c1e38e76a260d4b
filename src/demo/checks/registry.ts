import type { Answerer } from '../answers/reply.ts';
import { kubeNode, kubePods } from '../kube/drain.ts';
import { kubeApplication, kubeSharing } from '../kube/share.ts';
import { contents, holders, identities, processes } from './contents.ts';
import { extent } from './extent.ts';
import { gitFile } from './git-file.ts';
import { gpuHolders, gpuMig, gpuSettings, gpuStack } from './gpus.ts';
import { entries, file } from './paths.ts';
import { service } from './service.ts';
import { signatures } from './signatures.ts';
import { users } from './users.ts';

/** The checks a demo node can answer, by the name a hand asks them under. */
export const CHECKS: ReadonlyMap<string, Answerer> = new Map<string, Answerer>(
  Object.entries({
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
  }),
);
