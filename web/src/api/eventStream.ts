// Server-sent events out of an answer's body. EventSource would do it, but can send no header of ours.

export interface StreamEvent {
  readonly kind: string;
  readonly id: string | null;
  readonly data: string;
}

// One event is the news of a second; what is longer is no stream of ours.
const kLongestEvent = 8 << 20;

/** Takes text in pieces of any size and gives the events that are whole (HTML standard, 9.2.6). */
export function createEventParser(): (piece: string) => readonly StreamEvent[] {
  let rest = '';
  let fields = { kind: 'message', id: null as string | null, data: [] as string[] };
  const takeLine = (line: string): StreamEvent | null => {
    if (line === '') {
      const { kind, id, data } = fields;
      fields = { kind: 'message', id: null, data: [] };
      return data.length === 0 ? null : { kind, id, data: data.join('\n') };
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') fields.kind = value;
    else if (name === 'data') fields.data.push(value);
    else if (name === 'id') fields.id = value;
    return null; // a comment, or a field that is not known
  };
  return (piece) => {
    rest += piece;
    const events: StreamEvent[] = [];
    const lines = rest.split(/\r\n|\n|\r(?=[^\n])/);
    rest = lines.pop() ?? '';
    if (rest.length > kLongestEvent) throw new Error('an event of the stream is too long');
    for (const line of lines) {
      const event = takeLine(line);
      if (event) events.push(event);
    }
    return events;
  };
}

/** The events of an answer, until its body ends. */
export async function* readEvents(response: Response): AsyncGenerator<StreamEvent> {
  if (!response.body) return;
  const parse = createEventParser();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
