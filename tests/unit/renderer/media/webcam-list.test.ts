import { expect, it } from 'vitest';
import { chooseDevice } from '../../../../renderer/media/webcam-list.ts';

const DEVICES = [
  { deviceId: 'aa', label: 'Integrated Camera: Wide (04f2:b6d9)' },
  { deviceId: 'bb', label: 'USB Camera 2 (046d:0825)' },
  { deviceId: 'cc', label: 'USB Camera' },
];

it.each([
  [null, 'aa'],
  ['bb', 'bb'],
  ['usb camera', 'cc'],
  ['046D', 'bb'],
  ['USB', 'bb'],
])('finds %j', (wanted, id) => {
  expect(chooseDevice(DEVICES, wanted).deviceId).toBe(id);
});

it('tells two of one name apart by their order', () => {
  const twins = [...DEVICES, { deviceId: 'dd', label: 'USB Camera' }];
  expect(['USB Camera', 'usb camera #2'].map((wanted) => chooseDevice(twins, wanted).deviceId)).toEqual(['cc', 'dd']);
  expect(() => chooseDevice(twins, 'USB Camera #3')).toThrow(expect.objectContaining({ details: expect.objectContaining({ got: expect.stringContaining('USB Camera #2') }) }));
});

it('names those that are there instead', () => {
  expect(() => chooseDevice(DEVICES, 'Logitech')).toThrow(expect.objectContaining({ code: 'CAMERA_MISSING', details: expect.objectContaining({ expected: 'Logitech', got: DEVICES.map(({ label }) => label).join(', ') }) }));
  expect(() => chooseDevice([], null)).toThrow(expect.objectContaining({ code: 'CAMERA_MISSING', details: expect.objectContaining({ got: 'none is plugged in' }) }));
});
