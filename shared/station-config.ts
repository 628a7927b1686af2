import { LineCounter, parseDocument, isMap, isScalar, isPair, type Document } from 'yaml';
import { z } from 'zod';
import { suggestion } from './did-you-mean.ts';
import { PortalError } from './portal/errors.ts';

/**
 * `station.yaml`: everything local to one machine (server, devices, cameras, limits, who may claim). What both sides of a
 * session share is in `portal.yaml`; secrets are in neither file.
 */

const identity = z.string().min(1).max(256);
const evenSize = z.int().min(2).max(4096).multipleOf(2);

export const TEST_CAMERA_VIEWS = ['front', 'wrist', 'scene'] as const;
export type TestCameraView = (typeof TEST_CAMERA_VIEWS)[number];

const camera = z.strictObject({
  kind: z.literal('test'),
  width: evenSize.min(160).default(640),
  height: evenSize.min(120).default(480),
  /** Null: the session's fps. */
  fps: z.number().min(1).max(120).nullable().default(null),
  /** Null: the view of the camera's name, else `front`. */
  view: z.enum(TEST_CAMERA_VIEWS).nullable().default(null),
});
/** `name` is the key it stands under, and a track of the portal configuration. */
export type CameraConfig = z.infer<typeof camera> & { name: string };

const safety = z.strictObject({
  hold_after_ms: z.number().min(100).max(2000).default(300),
  max_age_ms: z.number().min(10).max(5000).default(150),
  max_future_ms: z.number().min(10).max(5000).default(150),
  slew_percent_per_s: z.number().min(1).max(1000).default(150),
  align_units: z.number().min(0).max(360).default(10),
  align_ms: z.number().min(100).max(30_000).default(1500),
  /** What happens when the first command is further than `align_units` away on a joint. */
  align: z.enum(['ramp', 'refuse']).default('ramp'),
});
export type SafetyConfig = z.infer<typeof safety>;

export const CLAIM_POLICIES = ['anyone', 'listed', 'supervisors-and-holder', 'host-only'] as const;
export type ClaimPolicyWord = (typeof CLAIM_POLICIES)[number];

const claim = z.strictObject({
  /** Null: `listed` when identities are given, else `anyone`. */
  policy: z.enum(CLAIM_POLICIES).nullable().default(null),
  identities: z.array(identity).max(1000).default([]),
  /** May route control under `supervisors-and-holder`, and clear STOP under every policy. */
  supervisors: z.array(identity).max(1000).default([]),
});
export type ClaimConfig = z.infer<typeof claim>;

export const LEADER_KINDS = ['sim', 'scripted', 'none'] as const;
export type LeaderKind = (typeof LEADER_KINDS)[number];

/** In the file a robot host is called by what it is in the room. */
export const STATION_ROLES = ['robot', 'operator', 'console'] as const;

const MAX_CAMERAS = 16;

const stationConfig = z.strictObject({
  version: z.literal(1).default(1),
  /** For which role the file is meant; another one refuses it. */
  role: z.enum(STATION_ROLES).optional(),
  session: z.string().min(1).max(256).optional(),
  identity: identity.optional(),
  /** Path of a portal.yaml, relative to this file. */
  portal: z.string().min(1).max(4096).optional(),
  /** Key, secret and token come from the environment. */
  server: z.strictObject({ url: z.string().regex(/^(wss?|https?):\/\/.+/u, { error: 'expected a ws://, wss://, http:// or https:// address' }) }).optional(),
  follower: z.strictObject({ kind: z.literal('sim_so101') }).prefault({ kind: 'sim_so101' }),
  /** By track; null: a test camera for every track of the portal configuration. */
  cameras: z
    .record(identity, camera)
    .refine((cameras) => Object.keys(cameras).length <= MAX_CAMERAS, { error: `at most ${MAX_CAMERAS} cameras` })
    .nullable()
    .default(null),
  control_hz: z.number().min(10).max(1000).default(100),
  safety: safety.prefault({}),
  claim: claim.prefault({}),
  leader: z
    .strictObject({
      kind: z.enum(LEADER_KINDS).default('none'),
      rate_hz: z.number().min(1).max(1000).default(100),
      /** Claims control when the robot is there and nobody drives. */
      claim: z.boolean().default(false),
    })
    .prefault({}),
  /** Pins the robot for operators and the console; null: the first one seen. */
  robot_identity: identity.nullable().default(null),
});
export type StationConfig = z.infer<typeof stationConfig>;

/** What a machine without a file gets. */
export function defaultStationConfig(): StationConfig {
  return stationConfig.parse({});
}

/** A test camera with nothing said but its name. */
export function defaultCamera(name: string): CameraConfig {
  return { name, ...camera.parse({ kind: 'test' }) };
}

const MAX_CHARACTERS = 1_000_000;

/** Reads `station.yaml`. Throws CONFIG_INVALID with file, line, column, what was expected and, for a mistyped key, the nearest one. */
export function parseStationYaml(text: string, options: { file?: string } = {}): StationConfig {
  const file = options.file ?? 'station.yaml';
  if (text.length > MAX_CHARACTERS) {
    throw new PortalError('CONFIG_INVALID', 'The file is too large', { file, expected: `at most ${MAX_CHARACTERS} characters`, got: `${text.length}` });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new PortalError('CONFIG_INVALID', `Not valid YAML: ${broken.message}`, { file, line, column: col });
  }
  const checked = stationConfig.safeParse(toPlain(document, file) ?? {});
  if (checked.success) return checked.data;
  // A mistyped key also shows as a missing one: the key says more.
  const issue = checked.error.issues.find((one) => one.code === 'unrecognized_keys') ?? checked.error.issues[0];
  if (issue === undefined) throw new PortalError('CONFIG_INVALID', 'The file is not a station configuration', { file });
  throw issueError(document, lines, issue, file);
}

function toPlain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 }) as unknown;
  } catch (thrown) {
    throw new PortalError('CONFIG_INVALID', thrown instanceof Error ? thrown.message : String(thrown), { file, fix: 'Write the values out instead of using aliases.' });
  }
}

function issueError(document: Document.Parsed, lines: LineCounter, issue: z.core.$ZodIssue, file: string): PortalError {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const place = position(document, lines, path, unknownKey);
  const name = path.length === 0 ? 'the file' : path.join('.');
  if (unknownKey !== undefined) {
    return new PortalError('CONFIG_INVALID', `Unknown key ${unknownKey}${path.length === 0 ? '' : ` in ${name}`}`, {
      file,
      ...place,
      got: unknownKey,
      fix: suggestion(unknownKey, allowedKeys(path)),
    });
  }
  const got = document.getIn(path) as unknown;
  return new PortalError('CONFIG_INVALID', `${name}: ${issue.message}`, {
    file,
    ...place,
    ...(got === undefined ? {} : { got: JSON.stringify(got) ?? String(got) }),
    ...(path.length === 0 ? { fix: `The file is a map of ${Object.keys(stationConfig.shape).join(', ')}.` } : {}),
    ...(issue.code === 'invalid_value' ? { expected: issue.values.map(String).join(' | ') } : {}),
  });
}

/** 1-based position of a value, of an unknown key in a map, or of the nearest parent that exists. */
function position(document: Document.Parsed, lines: LineCounter, path: readonly (string | number)[], key?: string): { line: number; column: number } {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    let range = rangeOf(node);
    if (depth === path.length && key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      range = rangeOf(pair?.key) ?? range;
    }
    if (range !== null) {
      const { line, col } = lines.linePos(range);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function rangeOf(node: unknown): number | null {
  const range = (node as { range?: unknown } | null | undefined)?.range;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : null;
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(stationConfig.shape),
  server: ['url'],
  follower: ['kind'],
  safety: Object.keys(safety.shape),
  claim: Object.keys(claim.shape),
  leader: ['kind', 'rate_hz', 'claim'],
};

function allowedKeys(path: readonly (string | number)[]): readonly string[] {
  return path[0] === 'cameras' ? Object.keys(camera.shape) : (KEYS[path.join('.')] ?? []);
}
