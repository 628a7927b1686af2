import { describe, expect, it } from 'vitest';
import { maybeShipped } from '../../../scripts/package/licence-policy.ts';
import { leftOutFolders, shippedPackages } from '../../../scripts/package/shipped-packages.ts';

describe('what may be shipped', () => {
  it.each(['MIT', 'Apache-2.0', '(Apache-2.0 AND BSD-3-Clause)', '(GPL-3.0 OR MIT)', 'OFL-1.1'])('%s may', (licence) => {
    expect(maybeShipped(licence)).toBe(true);
  });

  it.each(['GPL-3.0', 'GPL-2.0-or-later', 'AGPL-3.0', 'LGPL-2.1', 'MIT AND GPL-3.0', 'SEE LICENSE IN LICENSE', 'unknown', 'UNLICENSED', ''])('%s may not', (licence) => {
    expect(maybeShipped(licence)).toBe(false);
  });

  it('holds for everything the product contains', () => {
    const packages = shippedPackages();
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['vue', 'zod', 'livekit-client', '@livekit/rtc-ffi-bindings']));
    expect(packages.filter(({ licence }) => !maybeShipped(licence))).toEqual([]);
  });
});

it('what only compiles native code is neither shipped nor named, and what is shipped does not need it', () => {
  const shipped = shippedPackages().map(({ name }) => name);
  expect(leftOutFolders()).toContain('node_modules/cmake-js');
  expect(shipped).not.toContain('cmake-js');
  expect(shipped).not.toContain('axios');
  expect(shipped).toEqual(expect.arrayContaining(['@julusian/jpeg-turbo', 'pkg-prebuilds', 'serialport', 'vue']));
  for (const folder of leftOutFolders()) expect(folder, 'a pattern that leaves out more than a package').toMatch(/^node_modules\/.*[^/]$/u);
});
