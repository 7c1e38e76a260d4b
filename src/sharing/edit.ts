import { GPU_CHARTS } from '../model/chart-values.ts';
import { type Holding, TWO_MAPS, whoWins } from '../model/who-wins.ts';
import {
  type ConfigMapPlace,
  embed,
  findPlaces,
  type RepositoryFile,
  type SharingPlace,
  type ValuesPlace,
} from './places.ts';
import { editConfig, replicasOf } from './plugin-config.ts';
import { nodeAt, splice } from './splice.ts';
import { isText } from './text.ts';
import { inValues, misplacedIn } from './values.ts';
import { CONFIG_NAME, inMap, type Refused, refused, type SharingWish, take, type Work } from './work.ts';

/** Files as they should be, with what changes in words, one line each. */
export type SharingEdit =
  | {
      readonly kind: 'edited';
      readonly files: readonly RepositoryFile[];
      readonly changes: readonly string[];
      /** The key of the configuration that now shares as wished. */
      readonly config: string;
    }
  | { readonly kind: 'as-wished'; readonly config: string }
  | Refused;

/**
 * Declares time-slicing in the files that are read for it, in the shape they have: values of the gpu-operator or device plugin chart
 * (plain, in a kustomization, a HelmRelease or an Application), a ConfigMap, or a bare configuration. Only lines that must change do. A block
 * in a place no chart reads (`devicePlugin.config.sharing`) moves to where it has an effect: NVIDIA/gpu-operator
 * `templates/clusterpolicy.yaml` forwards `config.name` and `config.default` alone, `templates/plugin_config.yaml` makes the ConfigMap.
 */
export function editSharing(files: readonly RepositoryFile[], wish: SharingWish): SharingEdit {
  const found = findPlaces(files);
  if (found.kind === 'broken') return refused(found.because, 'mend the file, then plan again');
  const work: Work = { wish, splices: new Map(), changes: [], config: wish.config ?? '' };
  const problem = declare(work, found.places);
  if (problem !== undefined) return problem;
  const changed = files.flatMap(({ path, text }) => {
    const splices = work.splices.get(path) ?? [];
    return splices.length === 0 ? [] : [{ path, text: splice(text, splices) }];
  });
  if (changed.length === 0) return { kind: 'as-wished', config: work.config };
  const after = files.map((file) => changed.find(({ path }) => path === file.path) ?? file);
  if (!isDeclared(after, wish, work.config)) {
    const where = found.places.map((place) => place.where).join(' and ');
    return refused(`${where} cannot be changed line by line without a rewrite`, 'change it by hand, then plan again');
  }
  return { kind: 'edited', files: changed, changes: work.changes, config: work.config };
}

function declare(work: Work, places: readonly SharingPlace[]): Refused | undefined {
  const { wish } = work;
  if (wish.config !== undefined && !CONFIG_NAME.test(wish.config)) {
    return refused(`"${wish.config}" cannot name a configuration`, 'use letters, digits, dots and dashes, 63 at most');
  }
  const values = places.filter((place) => place.kind === 'values');
  const maps = places.filter((place) => place.kind === 'config-map');
  const set = values.filter((place) => place.config !== undefined || misplacedIn(place) !== undefined);
  const [place, other] = set.length > 0 ? set : maps.length === 0 ? values : [];
  if (place !== undefined && other !== undefined)
    return twice(place, other, 'configure the device plugin', whoWins(holding(place), holding(other)));
  const twin = maps.find((one, index) => maps.findIndex((before) => isSameMap(one, before)) < index);
  const before = maps.find((one) => twin !== undefined && isSameMap(one, twin));
  if (twin !== undefined && before !== undefined)
    return twice(before, twin, `are the ConfigMap ${twin.name}`, TWO_MAPS);
  if (place !== undefined) return inValues(work, place, maps);
  const [map, second] = maps;
  if (map !== undefined && second !== undefined) return twice(map, second, 'hold configurations', undefined);
  if (map !== undefined) return inMap(work, map.at, map.data, undefined);
  const [plain, another] = places.filter((one) => one.kind === 'plugin-config');
  if (plain !== undefined && another !== undefined) return twice(plain, another, 'are configurations', undefined);
  if (plain === undefined) {
    return refused(
      'none of the files holds values of the gpu-operator or device plugin chart, or a configuration of the plugin',
      'name the file that does',
    );
  }
  return take(work, plain.at, editConfig(plain.at, plain.root, wish), plain.where);
}

const holding = ({ at, holder }: ValuesPlace): Holding => ({ file: at.file, holder });

const isSameMap = (one: ConfigMapPlace, other: ConfigMapPlace): boolean =>
  one.name !== '' && one.name === other.name && one.namespace === other.namespace;

/** Two places that both set sharing: which one counts is told, and which one is meant must be said. */
function twice(one: SharingPlace, other: SharingPlace, what: string, wins: string | undefined): Refused {
  const because = `both ${one.where} and ${other.where} ${what}${wins === undefined ? '' : `: ${wins}`}`;
  return one.at.file === other.at.file
    ? refused(because, 'leave one of the two in the file, then plan again')
    : refused(because, 'leave one of the two, or name the one file to change');
}

/** Reads the files as a chart would and says whether the configuration shares as wished: the proof of every edit. */
function isDeclared(files: readonly RepositoryFile[], wish: SharingWish, config: string): boolean {
  const found = findPlaces(files);
  if (found.kind === 'broken') return false;
  const wished = wish.replicas === 1 ? undefined : wish.replicas;
  return found.places.some((place) => {
    if (place.kind === 'plugin-config') return replicasOf(place.root, wish.resource) === wished;
    const data = place.kind === 'config-map' ? place.data : nodeAt(place.config, GPU_CHARTS[place.chart].configs);
    const scalar = nodeAt(data, config);
    if (!isText(scalar)) return false;
    const inner = embed(place.at, scalar);
    return typeof inner !== 'string' && replicasOf(inner.documents[0]?.contents, wish.resource) === wished;
  });
}
