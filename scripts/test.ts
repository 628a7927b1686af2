import { describeError, PortalError } from '../shared/portal/errors.ts';
import { STAGES, StageUnavailable, type Stage, type StageContext } from './test/stages.ts';
import { addTallies, type Tally } from './test/tally.ts';

/**
 * `npm test [-- --only unit,contract]`: every check of the project, stage after stage, whatever fails on the way. The last
 * line is `N passed, M failed` over all of them; lint, types, build and package count as one each.
 */
const names = STAGES.map((stage) => stage.name);

function wantedStages(argv: readonly string[]): readonly Stage[] {
  const words = argv.flatMap((word) => (word.startsWith('--only=') ? ['--only', word.slice('--only='.length)] : [word]));
  if (words.length === 0) return STAGES;
  const wanted = words.length === 2 && words[0] === '--only' ? (words[1] ?? '').split(',') : [];
  const unknown = wanted.find((name) => !names.includes(name));
  if (wanted.length === 0 || unknown !== undefined) {
    console.error(`${unknown === undefined ? `Cannot read ${words.join(' ')}` : `Unknown stage ${unknown}`}. Usage: npm test [-- --only ${names.join(',')}]`);
    process.exit(2);
  }
  return STAGES.filter((stage) => wanted.includes(stage.name));
}

interface Outcome extends Tally {
  name: string;
  seconds: number;
  note: string;
}

async function runStage(stage: Stage, context: StageContext): Promise<Outcome> {
  console.log(`\n── ${stage.name} ${'─'.repeat(Math.max(0, 70 - stage.name.length))}`);
  const startedMs = performance.now();
  const outcome = (tally: Tally, note: string): Outcome => ({ ...tally, name: stage.name, note, seconds: Math.round((performance.now() - startedMs) / 1000) });
  try {
    const { problem, ...tally } = await stage.run(context);
    if (problem !== null) console.error(`${stage.name}: ${problem}`);
    return outcome(tally, problem ?? '');
  } catch (error) {
    const reason = error instanceof StageUnavailable && error.cause instanceof PortalError ? describeError(error.cause) : error instanceof Error ? error.message : String(error);
    const forgiven = error instanceof StageUnavailable && !context.ci;
    console.error(`${stage.name} ${forgiven ? 'is skipped on this machine' : 'cannot run'}: ${reason}`);
    return outcome({ passed: 0, failed: forgiven ? 0 : 1, skipped: 1 }, forgiven ? 'skipped: this machine lacks what it needs' : 'could not run');
  }
}

const stages = wantedStages(process.argv.slice(2));
const context: StageContext = { env: { ...process.env }, ci: process.env.CI === 'true' || process.env.CI === '1' };
const outcomes: Outcome[] = [];
for (const stage of stages) outcomes.push(await runStage(stage, context));

console.log(`\n── summary ${'─'.repeat(63)}`);
for (const { name, passed, failed, skipped, seconds, note } of outcomes) {
  console.log(`${failed === 0 ? (passed === 0 ? '–' : '✓') : '✗'} ${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed${skipped > 0 ? ` ${skipped} skipped` : ''}  ${seconds} s  ${note}`.trimEnd());
}
const total = addTallies(outcomes);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
