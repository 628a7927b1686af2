import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';
import type { CommandPayload, Pushes } from '../../../shared/ipc.ts';
import { toPortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';
import { call, on } from '../bridge.ts';

/** A desk in main: its actions go by the command of its name, its view comes back with the answer and by the push of that name. */
export type DeskName = 'armSetup' | 'hosting' | 'stationSetup';

export interface Desk<Name extends DeskName> {
  /** Null before the first action. */
  view: ShallowRef<Pushes[Name] | null>;
  /** The last action that main refused, or that did not reach it. */
  failure: ShallowRef<PortalErrorShape | null>;
  /** Never rejects: what went wrong is in `failure`. */
  act(action: CommandPayload<Name>): Promise<void>;
}

/** What main says of a desk; buttons ask main, nothing is decided here. For the life of the store that calls it. */
export function useDesk<Name extends DeskName>(name: Name): Desk<Name> {
  const view = shallowRef(null) as ShallowRef<Pushes[Name] | null>;
  const failure = shallowRef<PortalErrorShape | null>(null);

  async function act(action: CommandPayload<Name>): Promise<void> {
    try {
      view.value = (await call(name, action)) as Pushes[Name];
      failure.value = null;
    } catch (thrown) {
      failure.value = toPortalError(thrown).toJSON();
    }
  }

  onScopeDispose(on(name, (pushed) => { view.value = pushed; }));
  return { view, failure, act };
}
