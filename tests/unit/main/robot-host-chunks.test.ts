import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../main/system-clock.ts';
import { parsePortalYaml } from '../../../shared/portal-yaml.ts';
import { ATTRIBUTE } from '../../../shared/portal/names.ts';
import { Operator } from '../../../shared/portal/operator.ts';
import { SO101_JOINTS } from '../../../shared/so101-joints.ts';
import { ofKind, StationBench, until } from './loopback-ports.ts';

/** Half a minute at 20 rows a second: nobody waits for its end here. */
const ROWS = 600;
const PAN = 'shoulder_pan.pos';
const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const PORTAL_YAML = `version: 1\nfps: 20\nstate:\n${FIELDS}\naction:\n${FIELDS}\naction_chunks:\n  - { name: plan, horizon: ${ROWS}, fields: [ { name: ${PAN}, dtype: f32 } ] }\n`;

const bench = new StationBench();
afterEach(() => bench.close());

it('a robot host drops the rest of a chunk whose operator left, and holds', async () => {
  bench.files.set('p.yaml', PORTAL_YAML);
  const robot = await bench.start(['robot-host', '--portal', 'p.yaml']);
  const transport = bench.room.join('policy', { attributes: { [ATTRIBUTE.role]: 'operator' } });
  const policy = new Operator(parsePortalYaml(PORTAL_YAML, { session: 'demo' }), { transport, clock: systemClock });
  await policy.connect(transport.url, transport.token);
  await until('the robot', () => policy.robotIdentity);
  await policy.setActiveOperator('policy');
  policy.sendActionChunk('plan', { [PAN]: Array.from({ length: ROWS }, () => 5) });
  await until('it plays', () => policy.hostState?.word === 'ACTIVE');
  await policy.disconnect();
  await until('it holds', () => ofKind(robot.events, 'metrics').at(-1)?.state === 'HOLDING');
  expect(robot.events.filter(({ event }) => event === 'error')).toEqual([]);
});
