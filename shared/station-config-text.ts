import { Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { PortalError } from './portal/errors.ts';
import { parseStationYaml } from './station-config.ts';
import type { DraftCamera, StationDraft } from './station-config-draft.ts';

const HEAD = ' A robot host of Portal Console, as it was set up in the window. Every key is explained in station.example.yaml.';

/**
 * A `station.yaml` that says what the form says. `before` is what the file holds, null for a new one: its other keys, their order and
 * its comments stay. Throws CONFIG_INVALID for a draft that makes no valid file, and for a `before` that is none.
 */
export function writeStation(before: string | null, draft: StationDraft, file: string): string {
  if (before !== null) parseStationYaml(before, { file });
  const document = before === null || before.trim() === '' ? newDocument() : parseDocument(before);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  document.set('role', 'robot');
  writeArm(document, draft);
  writeCameras(document, draft.cameras);
  writeSection(document, 'claim', {
    policy: draft.policy ?? undefined,
    identities: draft.identities.length === 0 ? undefined : draft.identities,
    supervisors: draft.supervisors.length === 0 ? undefined : draft.supervisors,
  });
  writeSection(document, 'safety', { on_exit: draft.onExit ?? undefined });
  const text = document.toString({ lineWidth: 0 });
  parseStationYaml(text, { file });
  return text;
}

function newDocument(): Document {
  const document = new Document({ version: 1 });
  document.commentBefore = HEAD;
  return document;
}

function writeArm(document: Document, { arm, units }: StationDraft): void {
  const follower = mapIn(document, 'follower', true);
  setKey(follower, 'kind', arm.kind);
  const isReal = arm.kind !== 'sim_so101';
  setKey(follower, 'port', isReal && arm.port !== '' ? arm.port : undefined);
  setKey(follower, 'calibration', isReal && arm.calibration !== '' ? arm.calibration : undefined);
  // A name stands for a calibration that no path was given for.
  if (!isReal || arm.calibration !== '') follower.delete('id');
  setKey(document, 'units', units === 'degrees' ? undefined : units);
}

/** A camera that stays of its kind keeps what the form does not show, such as its latency. */
function writeCameras(document: Document, cameras: readonly DraftCamera[]): void {
  const section = mapIn(document, 'cameras', false);
  const before = new Map(section.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
  section.items = cameras.map((camera) => {
    const known = before.get(camera.track);
    const keys: unknown = known?.value;
    if (camera.kind === 'program') {
      if (known === undefined) throw new PortalError('CONFIG_INVALID', `The file has no camera ${camera.track} any more`, { got: camera.track, fix: 'Open the form again: the file was changed meanwhile.' });
      return known;
    }
    const { track, fps, ...given } = camera;
    const node = isMap(keys) && keys.get('kind') === camera.kind ? keys : (document.createNode({}, { flow: true }) as YAMLMap);
    for (const [key, value] of Object.entries(given)) setKey(node, key, value ?? undefined);
    setKey(node, 'fps', fps ?? undefined);
    const pair = known ?? document.createPair(track, node);
    pair.value = node;
    return pair;
  });
  section.flow = section.items.length === 0;
}

/** The map of that name; a new one where there is none. */
function mapIn(document: Document, name: string, isFlow: boolean): YAMLMap {
  const known: unknown = document.get(name);
  if (isMap(known)) return known;
  const made = document.createNode({}, { flow: isFlow }) as YAMLMap;
  document.set(name, made);
  return made;
}

/** `undefined` = the default, which is not written down. A value that is there already keeps its comment. */
function setKey(map: YAMLMap | Document, key: string, value: unknown): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function writeSection(document: Document, name: string, keys: Readonly<Record<string, unknown>>): void {
  const section = mapIn(document, name, false);
  for (const [key, value] of Object.entries(keys)) setKey(section, key, value === undefined ? undefined : document.createNode(value, { flow: true }));
  if (section.items.length === 0) document.delete(name);
}
