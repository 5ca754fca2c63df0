import { describe, expect, it } from 'vitest';

import { decodeNews } from './decode';
import { createEventParser, readEvents } from './eventStream';

describe('a stream of events', () => {
  it('is read the same however it is cut', () => {
    const text = ':\n\nid: 3-1-0\nevent: steps\ndata: {"a":1}\n\nevent: end\r\ndata: one\r\ndata:two\r\n\r\n';
    const whole = createEventParser()(text);
    const parse = createEventParser();
    const cut = Array.from(text).flatMap((letter) => parse(letter));
    expect(whole).toEqual([
      { kind: 'steps', id: '3-1-0', data: '{"a":1}' },
      { kind: 'end', id: null, data: 'one\ntwo' },
    ]);
    expect(cut).toEqual(whole);
  });

  it('keeps back what is not whole yet', () => {
    const parse = createEventParser();
    expect(parse('event: end\ndata: {}\n')).toEqual([]);
    expect(parse('\n')).toHaveLength(1);
  });

  it('comes out of the bytes of an answer, letters cut in the middle', async () => {
    const bytes = new TextEncoder().encode('data: März\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events = [];
    for await (const event of readEvents(new Response(body))) events.push(event.data);
    expect(events).toEqual(['März']);
  });
});

describe('news', () => {
  it('of a kind that is not known is passed over', () => expect(decodeNews('later', {})).toBeNull());
  it('that is broken is told by its name', () =>
    expect(() => decodeNews('end', { status: 'dead' })).toThrow('end.status: expected one of running'));
  it('has columns', () =>
    expect(decodeNews('samples', { columns: { timestamp: [1], used_memory_gb: [2] } })).toEqual({
      kind: 'samples',
      columns: { timestamp: [1], used_memory_gb: [2] },
    }));
});
