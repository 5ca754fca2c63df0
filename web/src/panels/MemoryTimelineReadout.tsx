import { cssColor } from '../chart/colors';
import type { Mark } from '../chart/marks';
import type { Readout } from '../chart/readout';
import { formatGb } from '../lib/format';

const kWide = 216;
const kNarrow = 168;
const kWideFrom = 520;
const kDistance = 14;

const markClass: Readonly<Record<Mark['tone'], string>> = {
  critical: 'text-critical',
  warning: 'text-warning',
  info: 'text-accent',
  quiet: 'text-muted',
};

/** Beside the cursor: the moment, the step and all values. Drawn for the eye: the slider's text says the same. */
export function MemoryTimelineReadout({
  readout,
  left,
  width,
}: {
  readonly readout: Readout;
  /** Of the cursor, in pixels of the chart's `width`. */
  readonly left: number;
  readonly width: number;
}) {
  const isWide = width >= kWideFrom;
  const own = isWide ? kWide : kNarrow;
  const isRight = left + kDistance + own <= width || left < own + kDistance;
  const x = Math.max(0, Math.min(isRight ? left + kDistance : left - kDistance - own, width - own));
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-11 z-10 rounded-md border border-line-strong bg-surface px-3 py-2 text-xs shadow-card"
      style={{ left: 0, width: own, transform: `translateX(${Math.round(x)}px)` }}
    >
      <p className="flex justify-between gap-2">
        <span className="font-semibold">{readout.elapsed}</span>
        {isWide && <span className="text-muted">{readout.clock}</span>}
      </p>
      {(readout.step ?? readout.phase) !== null && (
        <p className="text-muted">
          {[readout.step, readout.phase].filter((part) => part !== null).join(' · ')}
        </p>
      )}
      <table className="mt-1.5 w-full">
        <tbody>
          {readout.values.map(({ series, value }) => (
            <tr key={series.column}>
              <td className="py-px pr-2">
                <span
                  className="mr-1.5 inline-block h-2 w-2 rounded-full"
                  style={{ background: cssColor(series.color) }}
                />
                {series.label}
              </td>
              <td className="text-right font-medium">{value === null ? '–' : formatGb(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {readout.marks.length > 0 && (
        <ul className="mt-1.5 space-y-0.5 border-t border-line pt-1.5">
          {readout.marks.map((mark, index) => (
            <li key={index} className="line-clamp-3 break-words">
              <span className={`font-semibold ${markClass[mark.tone]}`}>{mark.label}</span>
              {mark.detail !== '' && <span className="text-muted"> {mark.detail}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
