import { describe, expect, it } from 'vitest';
import { AttributePost } from '../../../../shared/portal/attribute-post.ts';

function setUp() {
  const writes: { text: string; done: () => void; fail: () => void }[] = [];
  const failures: unknown[] = [];
  const post = new AttributePost(
    (text) => new Promise((resolve, reject) => { writes.push({ text, done: resolve, fail: () => { reject(new Error('no')); } }); }),
    (thrown) => { failures.push(thrown); },
  );
  return { post, writes, failures };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AttributePost', () => {
  it('writes one at a time and skips what was overtaken', async () => {
    const { post, writes } = setUp();
    for (const text of ['1', '2', '3']) post.post(text);
    expect(writes.map(({ text }) => text)).toEqual(['1']);
    writes[0]?.done();
    await settle();
    expect(writes.map(({ text }) => text)).toEqual(['1', '3']);
    writes[1]?.done();
    await settle();
    post.post('3');
    expect(writes).toHaveLength(2);
  });

  it('writes the last text again for a new session', async () => {
    const { post, writes } = setUp();
    post.repeat();
    expect(writes).toEqual([]);
    post.post('1');
    writes[0]?.done();
    await settle();
    post.repeat();
    expect(writes.map(({ text }) => text)).toEqual(['1', '1']);
  });

  it('tells a failure and goes on with the next text', async () => {
    const { post, writes, failures } = setUp();
    post.post('1');
    writes[0]?.fail();
    await settle();
    expect(failures).toHaveLength(1);
    post.post('2');
    expect(writes.map(({ text }) => text)).toEqual(['1', '2']);
  });
});
