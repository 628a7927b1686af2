import { defineStore } from 'pinia';
import { toPortalError } from '../../../shared/portal/errors.ts';
import { call } from '../bridge.ts';
import { useDesk } from './desk.ts';

/** What main says of the arm that is set up. */
export const useArmsStore = defineStore('arms', () => {
  const { view, failure, act } = useDesk('armSetup');

  async function chooseFile(): Promise<string | null> {
    try {
      return await call('chooseCalibrationFile', undefined);
    } catch (thrown) {
      failure.value = toPortalError(thrown).toJSON();
      return null;
    }
  }

  return { view, failure, act, chooseFile };
});
