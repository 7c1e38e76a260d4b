import { parse } from 'yaml';
import { at, elements, type Json, text, whole, words } from '../model/json.ts';
import type { SharedResource, SharingConfig } from '../model/sharing-config.ts';

/** Longer texts are no configuration of a device plugin. */
const MOST_CHARACTERS = 64 * 1024;

/** A configuration of the device plugin from its YAML text (`version: v1`, `flags`, `sharing`); what is wrong is in `error`. */
export function readPluginConfig(source: string): SharingConfig {
  if (source.length > MOST_CHARACTERS) return broken('too long for a device plugin configuration');
  try {
    const value: Json = parse(source, { maxAliasCount: 20, logLevel: 'error' });
    return sharingOf(at(value, 'sharing'));
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return broken(`no YAML: ${first.replace(/:$/, '')}`);
  }
}

/** What a `sharing` block means, wherever it stands. */
export function sharingOf(sharing: Json): SharingConfig {
  const mps = at(sharing, 'mps');
  const block = at(sharing, 'timeSlicing') ?? mps;
  const resources = elements(at(block, 'resources')).flatMap(resourceOf);
  return {
    strategy: resources.length === 0 ? 'none' : block === mps ? 'mps' : 'time-slicing',
    resources,
    renameByDefault: at(block, 'renameByDefault') === true,
    failRequestsGreaterThanOne: at(block, 'failRequestsGreaterThanOne') === true,
  };
}

/** Whether a text of a ConfigMap is meant for the device plugin. */
export const isPluginConfig = (source: string): boolean => /^\s*(?:version:\s*["']?v1|sharing:|flags:)/m.test(source);

function resourceOf(entry: Json): readonly SharedResource[] {
  const name = text(at(entry, 'name'));
  const replicas = whole(at(entry, 'replicas'));
  const rename = words(at(entry, 'rename'));
  if (name === '' || replicas < 2) return [];
  return [{ name, replicas, ...(rename === undefined ? {} : { rename }) }];
}

const broken = (error: string): SharingConfig => ({
  strategy: 'none',
  resources: [],
  renameByDefault: false,
  failRequestsGreaterThanOne: false,
  error,
});
