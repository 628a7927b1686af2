import { defineStore } from 'pinia';
import { useDesk } from './desk.ts';

/** What main says of the station.yaml that is made here, and of the arms and webcams to choose from. */
export const useStationSetupStore = defineStore('station-setup', () => useDesk('stationSetup'));
