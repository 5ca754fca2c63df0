// A unified difference as lines with a meaning.

export interface DifferenceLine {
  readonly kind: 'added' | 'removed' | 'place' | 'same';
  readonly text: string;
}

function kindOf(line: string): DifferenceLine['kind'] {
  if (line.startsWith('@@') || line.startsWith('--- ') || line.startsWith('+++ ')) return 'place';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}

/** A header's "--- " and "+++ " stand before the first "@@"; after it they are removed and added lines. */
export function differenceLines(difference: string): readonly DifferenceLine[] {
  const lines = difference.replace(/\n$/, '').split('\n');
  let inHunk = false;
  return difference === ''
    ? []
    : lines.map((text) => {
        if (text.startsWith('@@')) inHunk = true;
        const isHeader = !inHunk || text.startsWith('@@');
        const kind = isHeader ? kindOf(text) : text.startsWith('+') ? 'added' : text.startsWith('-') ? 'removed' : 'same';
        return { kind, text };
      });
}
