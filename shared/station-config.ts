import { LineCounter, parseDocument, isMap, isScalar, isPair, type Document } from 'yaml';
import { z } from 'zod';
import { suggestion } from './did-you-mean.ts';
import { PortalError } from './portal/errors.ts';
import { secretAdvice } from './secret-keys.ts';
import { CAMERA_KINDS, cameraKeys, cameraSchema } from './station-config-cameras.ts';
import { ARM_UNITS, busArm, LEADER_KEYS, leaderSection } from './station-config-leader.ts';

/**
 * `station.yaml`: everything local to one machine (server, devices, cameras, limits, who may claim). What both sides of a
 * session share is in `portal.yaml`; secrets are in neither file.
 */

const identity = z.string().min(1).max(256);

export const ON_EXIT = ['hold', 'park', 'release'] as const;
export type OnExit = (typeof ON_EXIT)[number];

const safety = z.strictObject({
  hold_after_ms: z.number().min(100).max(2000).default(300),
  /** How long the sender of a chunk may stay unheard, its rows playing. */
  driver_silence_ms: z.number().min(200).max(10_000).default(1000),
  max_age_ms: z.number().min(10).max(5000).default(150),
  max_future_ms: z.number().min(10).max(5000).default(150),
  slew_percent_per_s: z.number().min(1).max(1000).default(150),
  align_units: z.number().min(0).max(360).default(10),
  align_ms: z.number().min(100).max(30_000).default(1500),
  /** What happens when the first command is further than `align_units` away on a joint. */
  align: z.enum(['ramp', 'refuse']).default('ramp'),
  /** How far a goal may be from where the joint is, in its unit: one for all joints, or by joint. Null: as far as the range goes. */
  max_relative_target: z.union([z.number().min(0.1).max(1000), z.record(identity, z.number().min(0.1).max(1000))], { error: 'expected a number from 0.1 to 1000, or one by joint' }).nullable().default(null),
  /** Narrower ranges than those of the calibration, by joint: [least, most] in its unit. */
  limits: z
    .record(identity, z.tuple([z.number(), z.number()]).refine(([least, most]) => least < most, { error: 'expected the smaller number first' }))
    .default({}),
  /** Where the arm rests, every joint in its unit. Null: the pose that was captured, else the built-in one. */
  rest: z.record(identity, z.number()).nullable().default(null),
  /** What the arm does when the host ends as asked: a failure always holds. Null: `park` where it has a rest pose of its own, else `hold`. */
  on_exit: z.enum(ON_EXIT).nullable().default(null),
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

const follower = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('sim_so101') }), z.strictObject({ kind: z.enum(['so101_follower', 'so100_follower']), ...busArm })]);
export type FollowerConfig = z.infer<typeof follower>;

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
  server: z
    .strictObject({
      url: z.string().regex(/^(wss?|https?):\/\/.+/u, { error: 'expected a ws://, wss://, http:// or https:// address' }).optional(),
      /** Gives server and token; instead of `url`. */
      token_endpoint: z.string().regex(/^https?:\/\/.+/u, { error: 'expected an https:// address' }).optional(),
    })
    .refine((server) => (server.url === undefined) !== (server.token_endpoint === undefined), { error: 'expected either url or token_endpoint' })
    .optional(),
  units: z.enum(ARM_UNITS).default('degrees'),
  follower: follower.prefault({ kind: 'sim_so101' }),
  /** By track; null: a test camera for every track of the portal configuration. */
  cameras: z
    .record(identity, cameraSchema)
    .refine((cameras) => Object.keys(cameras).length <= MAX_CAMERAS, { error: `at most ${MAX_CAMERAS} cameras` })
    .nullable()
    .default(null),
  /** Prometheus metrics of a headless role on loopback; 0 = a free port, null = none. */
  metrics_port: z.int().min(0).max(65_535).nullable().default(null),
  control_hz: z.number().min(10).max(1000).default(100),
  safety: safety.prefault({}),
  claim: claim.prefault({}),
  leader: leaderSection,
  /** Pins the robot for operators and the console; null: the first one seen. */
  robot_identity: identity.nullable().default(null),
});
export type StationConfig = z.infer<typeof stationConfig>;

/** What a machine without a file gets. */
export function defaultStationConfig(): StationConfig {
  return stationConfig.parse({});
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

/** Where a value stands in a file that `parseStationYaml` read, from 1 on; of one that is not written there, its nearest parent. */
export function placeInStationYaml(text: string, path: readonly (string | number)[]): { line: number; column: number } {
  const lines = new LineCounter();
  return position(parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines, path);
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
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : isCameraKind(issue) ? mistypedKey(document, path) : undefined;
  // Of a map whose kind is not known, only the key that stands for it can be wrong.
  if (isCameraKind(issue) && unknownKey !== undefined) path.pop();
  const place = position(document, lines, path, unknownKey);
  const name = path.length === 0 ? 'the file' : path.join('.');
  if (unknownKey !== undefined) {
    return new PortalError('CONFIG_INVALID', `Unknown key ${unknownKey}${path.length === 0 ? '' : ` in ${name}`}`, {
      file,
      ...place,
      got: unknownKey,
      fix: secretAdvice(unknownKey) ?? suggestion(unknownKey, allowedKeys(path, document)),
    });
  }
  const got = document.getIn(path) as unknown;
  return new PortalError('CONFIG_INVALID', `${name}: ${issue.message}`, {
    file,
    ...place,
    ...(got === undefined ? {} : { got: typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? String(got)) }),
    ...(path.length === 0 ? { fix: `The file is a map of ${Object.keys(stationConfig.shape).join(', ')}.` } : {}),
    ...(issue.code === 'invalid_value' ? { expected: issue.values.map(String).join(' | ') } : {}),
    ...(isCameraKind(issue) ? { expected: CAMERA_KINDS.join(' | '), fix: suggestion(String(got ?? ''), CAMERA_KINDS) } : {}),
  });
}

/** The kind decides what else a camera may be told, so the parser says nothing of its other keys. */
function isCameraKind(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_union' && issue.path[0] === 'cameras' && issue.path[2] === 'kind';
}

function mistypedKey(document: Document.Parsed, path: readonly (string | number)[]): string | undefined {
  const camera: unknown = document.getIn(path.slice(0, -1));
  if (!isMap(camera) || camera.has('kind')) return undefined;
  return camera.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')).find((key) => !cameraKeys(null).includes(key));
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
  server: ['url', 'token_endpoint'],
  follower: ['kind', ...Object.keys(busArm)],
  safety: Object.keys(safety.shape),
  claim: Object.keys(claim.shape),
  leader: LEADER_KEYS,
};

function allowedKeys(path: readonly (string | number)[], document: Document.Parsed): readonly string[] {
  return path[0] === 'cameras' ? cameraKeys(document.getIn([...path, 'kind'])) : (KEYS[path.join('.')] ?? []);
}
