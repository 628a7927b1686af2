import type { Row } from './context.ts';
import { DEFAULT_SECONDS } from './options.ts';

export function benchHelp(rows: readonly Row[]): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  return [
    'npm run bench -- [--only ROW[,ROW]] [--seconds N] [--json FILE]',
    '',
    'Measures this product beside livekit-portal 0.2.8: in one run, on one LiveKit server, in both orders, each side in',
    'processes of its own. Leave the machine alone while it runs.',
    '',
    '  --only ROW[,ROW]  these rows only',
    `  --seconds N       measured seconds a side and streaming row, half of them before and half after the peer's; default ${DEFAULT_SECONDS}`,
    '  --json FILE       write [{ row, unit, ours, peer, ratio }] as well; ratio = ours / peer, null = no such figure',
    '  --list            the names of the rows',
    '',
    'Rows',
    ...rows.map((row) => `  ${row.name.padEnd(width)}  ${row.about} [${row.unit}]`),
    '',
    'LIVEKIT_URL with LIVEKIT_API_KEY and LIVEKIT_API_SECRET: use that server instead of a local one of its own.',
    'PORTAL_PEER_PYTHON: the Python that has livekit-portal 0.2.8.',
    'Exit code: 0 measured, 1 a row failed, 2 wrong usage.',
  ].join('\n');
}
