import type { Evidence } from '../api/types';
import { formatClock, formatGb, formatNumber } from '../lib/format';
import { TextButton } from '../ui/Button';

function valueWords({ value, unit, text }: Evidence): string {
  if (value === null) return '';
  const words = unit === 'GB' ? formatGb(value) : `${formatNumber(value)}${unit === null ? '' : ` ${unit}`}`;
  return text.includes(words) ? '' : `: ${words}`; // sentences often end in their own number
}

/** What something rests on; what has a time opens at its place in the chart. `told` is on the page already: how the
 *  run ended. */
export function EvidenceList({ evidence, told = [], onFocusTime }: {
  readonly evidence: readonly Evidence[];
  readonly told?: readonly string[];
  readonly onFocusTime?: ((unixSeconds: number) => void) | undefined;
}) {
  const fresh = evidence.filter(({ text }) => !told.includes(text));
  if (evidence.length === 0) return null;
  return (
    <ul className="space-y-0.5 text-sm text-muted">
      {fresh.map((one, index) => {
        const at = one.at;
        return (
          <li key={`${one.text} ${index}`} className="break-words">
            {one.text}
            {valueWords(one)}
            {at !== null && onFocusTime && (
              <>
                {' '}
                <TextButton icon="chart" onClick={() => onFocusTime(at)}>
                  {formatClock(at)}
                </TextButton>
              </>
            )}
          </li>
        );
      })}
      {fresh.length < evidence.length && <li>How the run ended: above.</li>}
    </ul>
  );
}
