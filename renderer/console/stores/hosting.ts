import { defineStore } from 'pinia';
import { computed } from 'vue';
import { toPortalError } from '../../../shared/portal/errors.ts';
import { call } from '../bridge.ts';
import { useDesk } from './desk.ts';

/** What main says of the robot that is hosted here. */
export const useHostingStore = defineStore('hosting', () => {
  const { view, failure, act } = useDesk('hosting');
  const isRunning = computed(() => view.value !== null && view.value.phase !== 'idle' && view.value.phase !== 'failed');

  async function chooseFile(): Promise<void> {
    try {
      const configFile = await call('chooseStationFile', undefined);
      if (configFile !== null) await act({ do: 'choose', configFile });
    } catch (thrown) {
      failure.value = toPortalError(thrown).toJSON();
    }
  }

  // A page that was loaded anew, after a crash for instance, must find the robot that is hosted all the while.
  void act({ do: 'look' });

  return { view, failure, isRunning, act, chooseFile };
});
