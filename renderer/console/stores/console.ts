import { defineStore } from 'pinia';
import { markRaw, onScopeDispose, ref, shallowReactive, shallowRef } from 'vue';
import type { ConsoleState, ObservationView, Telemetry } from '../../../shared/console-state.ts';
import type { CommandName, CommandPayload } from '../../../shared/ipc.ts';
import { toPortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';
import { call, on } from '../bridge.ts';
import { Mirror, type MirrorStep } from '../mirror.ts';
import { TelemetryHistory } from '../telemetry-history.ts';

/** Main's state, mirrored. Buttons call commands; nothing here is set but by main. */
export const useConsoleStore = defineStore('console', () => {
  const mirror = new Mirror();
  /** Sections change one by one, so that ten patches of figures a second leave the rest of the window alone. */
  const state = shallowReactive({} as Omit<ConsoleState, 'revision'>);
  const isThere = ref(false);
  const telemetry = shallowRef<Telemetry | null>(null);
  const observation = shallowRef<ObservationView | null>(null);
  /** The last command that failed; until the next one, or dismissed. */
  const commandError = shallowRef<PortalErrorShape | null>(null);
  const history = markRaw(new TelemetryHistory());

  function take(step: MirrorStep): void {
    if (step.kind === 'ask') void ask();
    if (step.kind !== 'changed') return;
    const sessionBefore = state.session?.name;
    Object.assign(state, step.sections);
    if (state.session?.name !== sessionBefore) {
      telemetry.value = null;
      observation.value = null;
      history.clear();
    }
    isThere.value = true;
  }

  async function ask(): Promise<void> {
    try {
      take(mirror.snapshot(await call('getState', undefined)));
    } catch (thrown) {
      commandError.value = toPortalError(thrown).toJSON();
    }
  }

  /** Calls a command and shows what went wrong; true = done. */
  async function run<Name extends CommandName>(name: Name, payload: CommandPayload<Name>): Promise<boolean> {
    try {
      await call(name, payload);
      commandError.value = null;
      return true;
    } catch (thrown) {
      commandError.value = toPortalError(thrown).toJSON();
      return false;
    }
  }

  const stops = [
    on('patch', (patch) => take(mirror.patch(patch))),
    on('telemetry', (sample) => {
      telemetry.value = sample;
      history.add(sample);
    }),
    on('observation', (view) => {
      observation.value = view;
    }),
  ];
  onScopeDispose(() => {
    for (const stop of stops) stop();
  });
  void ask();

  return { state, isThere, telemetry, observation, commandError, history, run };
});
