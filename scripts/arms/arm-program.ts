import { parseArgs, type ParseArgsConfig } from 'node:util';
import { PortalError, toPortalError, type PortalErrorCode } from '../../shared/portal/errors.ts';
import { Dialogue } from './dialogue.ts';

type Flags = NonNullable<ParseArgsConfig['options']>;
export type FlagValues = Record<string, string | boolean | undefined>;

export interface ArmProgram {
  usage: string;
  /** Its own; `--json` and `--help` come with every one. */
  flags: Flags;
  /** Beside wrong flags: what ends it with code 2, because whoever called it must change something first. */
  mistakes: readonly PortalErrorCode[];
  run(dialogue: Dialogue, values: FlagValues): Promise<number>;
}

/** A program at a terminal: reads its flags, says its error, and tells the exit code: 0 done, 1 failed, 2 a mistake. */
export async function runArmProgram({ usage, flags, mistakes, run }: ArmProgram): Promise<number> {
  let dialogue: Dialogue | null = null;
  try {
    const values = parseArgs({ options: { ...flags, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values as FlagValues;
    if (values['help'] === true) {
      process.stdout.write(usage);
      return 0;
    }
    dialogue = new Dialogue(values['json'] === true);
    return await run(dialogue, values);
  } catch (thrown) {
    const isFlag = thrown instanceof TypeError && String((thrown as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    const error = toPortalError(isFlag ? new PortalError('USAGE', thrown.message, { fix: 'See --help.' }) : thrown);
    (dialogue ?? new Dialogue(process.argv.includes('--json'))).error(error.toJSON());
    return error.code === 'USAGE' || mistakes.includes(error.code) ? 2 : 1;
  }
}
