import { fileAt } from '../files.ts';
import type { NodeState } from '../node-state.ts';
import type { ProgramOutput } from '../program.ts';
import type { Requests } from '../requests.ts';
import type { World } from '../world.ts';
import { exporterAt, exporterPod, metricsText } from './exporter.ts';
import {
  configMapObject,
  daemonSetObject,
  type KubeObject,
  nodeObject,
  pluginPod,
  policyObject,
  workloadPods,
} from './objects.ts';
import { KUBE_FROM, KUBE_NODES, sharingIn } from './sharing.ts';
import { talosctlAnswer } from './talos.ts';

/** Whether a program is one that runs kubectl. */
export const isKubectlProgram = (program: string): boolean => program.startsWith('# muster-kubectl 1\n');

/** Watches look this often for what changed by itself; a real API server tells at once. */
const LOOK_MS = 1_000;

/** Plays `kubectl get --raw` against the demo's cluster: lists at once, watches until the console hangs up. */
export function serveKubectl(world: World, name: string, program: string, output: ProgramOutput): Requests {
  const end = (exitCode: number) => {
    output.stdout(`\n#muster-end ${exitCode}\n`);
    output.ended(0);
  };
  const uri = /get --raw '?([^'\s]+)'?/.exec(program)?.[1];
  const refuse = (words: string, exitCode: number): Requests => {
    output.stderr(`${words}\n`);
    end(exitCode);
    return { feed: () => {}, end: () => {} };
  };
  const file = /^cat -- (\S+) </m.exec(program)?.[1];
  if (file !== undefined) {
    const there = world.node(name);
    const text = there === undefined ? undefined : fileAt(there, file)?.text;
    if (text === undefined) return refuse(`cat: ${file}: No such file or directory`, 1);
    output.stdout(text);
    end(0);
    return { feed: () => {}, end: () => {} };
  }
  if (name !== KUBE_FROM) return refuse('sh: 1: kubectl: not found', 127);
  if (program.includes('talosctl')) {
    const answer = talosctlAnswer(world, program);
    if ('refusal' in answer) return refuse(answer.refusal, 1);
    output.stdout(answer.text);
    end(0);
    return { feed: () => {}, end: () => {} };
  }
  const log = /logs -n (\S+) (\S+) .*/.exec(program);
  if (log !== null) return serveLog(world, log, output, refuse);
  if (uri === undefined) return refuse('error: the demo knows get --raw and logs', 1);
  const url = new URL(uri, 'http://demo');
  const exporter = exporterAt(url.pathname);
  const exporting = exporter === undefined ? undefined : world.node(exporter);
  if (exporting !== undefined) {
    if (exporting.ailments.link !== 'up')
      return refuse('Error from server (ServiceUnavailable): error trying to reach service: i/o timeout', 1);
    output.stdout(metricsText(exporting, world.clock.nowMs()));
    end(0);
    return { feed: () => {}, end: () => {} };
  }
  const read = RESOURCES[url.pathname.split('/').at(-1) ?? ''];
  if (read === undefined)
    return refuse('Error from server (NotFound): the server could not find the requested resource', 1);
  const objects = () => stamped(read(world));
  if (url.searchParams.get('watch') === null) {
    const version = String(world.clock.nowMs());
    output.stdout(
      `${JSON.stringify({ kind: 'List', metadata: { resourceVersion: version }, items: [...objects().values()] })}\n`,
    );
    end(0);
    return { feed: () => {}, end: () => {} };
  }
  return watch(world, objects, (type, object) => output.stdout(`${JSON.stringify({ type, object })}\n`));
}

/** A pod says a line every two seconds until the console hangs up; of its time before a restart it says nothing. */
function serveLog(
  world: World,
  [line, namespace = '', pod = '']: RegExpExecArray,
  output: ProgramOutput,
  refuse: (words: string, exitCode: number) => Requests,
): Requests {
  const isThere = nodesOf(world).some((node) =>
    podsOf(world, node).some(({ metadata }) => metadata.name === pod && metadata.namespace === namespace),
  );
  if (!isThere) return refuse(`Error from server (NotFound): pods "${pod}" not found`, 1);
  if (line.includes('--previous')) return refuse(`previous terminated container "main" in pod "${pod}" not found`, 1);
  let cancel = () => {};
  const speak = () => {
    const nowMs = world.clock.nowMs();
    const at = new Date(nowMs).toISOString();
    output.stdout(`[pod/${pod}/main] ${at} ${SAYINGS[Math.floor(nowMs / SAY_EVERY_MS) % SAYINGS.length]}\n`);
    cancel = world.clock.after(SAY_EVERY_MS, speak);
  };
  speak();
  return { feed: () => {}, end: () => cancel() };
}

const SAY_EVERY_MS = 2_000;
const SAYINGS = [
  'loaded 32 of 32 layers to GPU',
  'request 200 in 1.4s, 212 tokens',
  'queue empty, waiting',
  'cache 41% of 8 GiB',
];

type Objects = ReadonlyMap<string, KubeObject>;

function watch(world: World, objects: () => Objects, tell: (type: string, object: KubeObject) => void): Requests {
  let before = objects();
  let cancel = () => {};
  const look = () => {
    const now = objects();
    for (const [id, object] of before) if (!now.has(id)) tell('DELETED', object);
    for (const [id, object] of now) {
      const old = before.get(id);
      if (old === undefined) tell('ADDED', object);
      else if (versionOf(old) !== versionOf(object)) tell('MODIFIED', object);
    }
    before = now;
    cancel = world.clock.after(LOOK_MS, look);
  };
  cancel = world.clock.after(LOOK_MS, look);
  return { feed: () => {}, end: () => cancel() };
}

const versionOf = ({ metadata }: KubeObject): unknown => metadata['resourceVersion'];

/** Objects by id, each with a version that is another whenever the object is. */
function stamped(objects: readonly KubeObject[]): Objects {
  return new Map(
    objects.map((object) => {
      const { name, namespace = '' } = object.metadata;
      const metadata = { ...object.metadata, resourceVersion: String(hash(JSON.stringify(object))) };
      return [`${namespace}/${name}`, { ...object, metadata }];
    }),
  );
}

function hash(text: string): number {
  let value = 7;
  for (let at = 0; at < text.length; at++) value = (Math.imul(value, 31) + text.charCodeAt(at)) >>> 0;
  return value;
}

/** Every pod of a node of the cluster. */
export const podsOf = (world: World, node: NodeState): readonly KubeObject[] => [
  pluginPod(node, sharingIn(world)),
  exporterPod(node),
  ...(node.ailments.link === 'up' ? workloadPods(node, sharingIn(world), world.clock.nowMs()) : []),
];

/** The node of the cluster with that name, as its API server has it. */
export function nodeOf(world: World, name: string): KubeObject | undefined {
  const node = KUBE_NODES.includes(name) ? world.node(name) : undefined;
  return node && nodeObject(node, sharingIn(world));
}

/** The objects of a kind, each under its version. */
export const objectsOf = (world: World, resource: string): readonly KubeObject[] => [
  ...stamped(RESOURCES[resource]?.(world) ?? []).values(),
];

const nodesOf = (world: World) => KUBE_NODES.map((each) => world.node(each)).filter((node) => node !== undefined);

const RESOURCES: { readonly [resource: string]: (world: World) => readonly KubeObject[] } = {
  nodes: (world) => nodesOf(world).map((node) => nodeObject(node, sharingIn(world))),
  pods: (world) => nodesOf(world).flatMap((node) => podsOf(world, node)),
  configmaps: (world) => [configMapObject(sharingIn(world))],
  daemonsets: (world) => [daemonSetObject(nodesOf(world).length, sharingIn(world))],
  clusterpolicies: (world) => [policyObject(sharingIn(world))],
};
