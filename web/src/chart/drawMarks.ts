// Draws what is not a line: zones and limit, phases, marks, and the words at the lines' ends. Each function
// leaves the canvas's state as it found it.
import { formatGb } from '../lib/format';
import type { Brush } from './chartView';
import { type LineEnd, spreadLabels } from './directLabels';
import type { Limit } from './limit';
import { type PlacedMark, type Tone, placeMarks } from './marks';
import { type ChartColors, phaseColorName } from './colors';
import { phaseLabel } from './phases';

/** Room above the plot, in CSS pixels: marks, then phases. */
export const kMarkRow = 20;
export const kPhaseRow = 16;
const kTextSize = 11;

function painted({ ctx }: Brush, paint: () => void): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.textAlign = 'left';
  ctx.globalAlpha = 1;
  paint();
  ctx.restore();
}

function font(brush: Brush, weight = 400): string {
  return `${weight} ${kTextSize * brush.at.ratio}px system-ui, sans-serif`;
}

/** The zones below the limit, as tints of the whole width. */
export function drawZones(brush: Brush): void {
  const { ctx, at, view, colors } = brush;
  const { limit } = view;
  if (limit === null) return;
  painted(brush, () => {
    const zone = (from: number, to: number, color: string) => {
      const top = Math.max(at.yOf(to), 0);
      const bottom = Math.min(at.yOf(from), at.height);
      if (bottom <= top) return;
      ctx.fillStyle = color;
      ctx.fillRect(at.left, at.top + top, at.width, bottom - top);
    };
    zone(limit.warningGb, limit.criticalGb, colors.zone_warning);
    zone(limit.criticalGb, limit.gb, colors.zone_critical);
  });
}

/** "container limit 8.0 GB", "limit 24.0 GB, GPU memory": its name may say that it is one. */
function limitWords({ name, gb }: Limit): string {
  return name.includes('limit') ? `${name} ${formatGb(gb)}` : `limit ${formatGb(gb)}, ${name}`;
}

/** The limit as a line with its words; where it is above what is shown, the words say so. */
export function drawLimit(brush: Brush): void {
  const { ctx, at, view, colors } = brush;
  const { limit } = view;
  if (limit === null) return;
  painted(brush, () => {
    const y = at.yOf(limit.gb);
    const isShown = y >= 0;
    const words = limitWords(limit);
    ctx.strokeStyle = ctx.fillStyle = colors.limit;
    ctx.font = font(brush, 600);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    const x = at.left + 8 * at.ratio;
    if (!isShown) {
      ctx.globalAlpha = 0.85;
      ctx.fillText(`↑ ${words}`, x, at.top + 4 * at.ratio);
      return;
    }
    ctx.lineWidth = 1.5 * at.ratio;
    ctx.beginPath();
    ctx.moveTo(at.left, at.top + y);
    ctx.lineTo(at.left + at.width, at.top + y);
    ctx.stroke();
    // Above it, where no line is; below only where the plot ends.
    const isLow = y >= (kTextSize + 4) * at.ratio;
    if (isLow) ctx.textBaseline = 'bottom';
    ctx.fillText(words, x, at.top + y + (isLow ? -2 : 4) * at.ratio);
  });
}

/** What a run does most of the time is no news. */
const kOrdinaryPhase = 'train';

/** Phases as a breath of their colour through the plot and, where there is a row for them, as a strip above. */
export function drawPhases(brush: Brush, hasStrip: boolean): void {
  const { ctx, at, view, colors } = brush;
  const strip = { top: at.top - (kPhaseRow - 2) * at.ratio, height: (kPhaseRow - 4) * at.ratio };
  painted(brush, () => {
    ctx.font = font(brush, 500);
    ctx.textBaseline = 'middle';
    for (const phase of view.phases) {
      const from = Math.max(at.xOf(phase.from), 0);
      const to = Math.min(at.xOf(phase.to ?? view.window.to), at.width);
      if (phase.name === kOrdinaryPhase || to < 0 || from > at.width || to < from) continue;
      const width = Math.max(to - from, 2 * at.ratio);
      ctx.fillStyle = colors[phaseColorName(phase.name)];
      ctx.globalAlpha = 0.07;
      ctx.fillRect(at.left + from, at.top, width, at.height);
      if (!hasStrip) continue;
      ctx.globalAlpha = 0.4;
      ctx.fillRect(at.left + from, strip.top, width, strip.height);
      const words = phaseLabel(phase.name);
      if (width - 8 * at.ratio < ctx.measureText(words).width) continue;
      ctx.globalAlpha = 1;
      ctx.fillStyle = colors.text;
      ctx.fillText(words, at.left + from + 4 * at.ratio, strip.top + strip.height / 2 + 0.5 * at.ratio);
    }
  });
}

/** Where nothing was measured: hatched, and said where there is room. */
export function drawGaps(brush: Brush): void {
  const { ctx, at, view, colors } = brush;
  painted(brush, () => {
    ctx.font = font(brush);
    ctx.strokeStyle = ctx.fillStyle = colors.mark;
    ctx.lineWidth = at.ratio;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const gap of view.gaps) {
      const from = Math.max(at.xOf(gap.from), 0);
      const to = Math.min(at.xOf(gap.to), at.width);
      if (to - from < 3 * at.ratio) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(at.left + from, at.top, to - from, at.height);
      ctx.clip();
      ctx.globalAlpha = 0.16;
      ctx.beginPath();
      for (let x = from - at.height; x < to; x += 9 * at.ratio) {
        ctx.moveTo(at.left + x, at.top + at.height);
        ctx.lineTo(at.left + x + at.height, at.top);
      }
      ctx.stroke();
      ctx.restore();
      const words = 'no samples';
      if (to - from < ctx.measureText(words).width + 12 * at.ratio) continue;
      ctx.fillText(words, at.left + (from + to) / 2, at.top + at.height / 2);
    }
  });
}

/** The moment that the viewer was led to, as a line with a foot. */
export function drawPin(brush: Brush): void {
  const { ctx, at, view, colors } = brush;
  if (view.pin === null) return;
  const x = at.xOf(view.pin);
  if (x < 0 || x > at.width) return;
  painted(brush, () => {
    const left = Math.round(at.left + x) + 0.5;
    ctx.strokeStyle = ctx.fillStyle = colors.info;
    ctx.lineWidth = 2 * at.ratio;
    ctx.beginPath();
    ctx.moveTo(left, at.top);
    ctx.lineTo(left, at.top + at.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(left - 5 * at.ratio, at.top + at.height);
    ctx.lineTo(left + 5 * at.ratio, at.top + at.height);
    ctx.lineTo(left, at.top + at.height - 7 * at.ratio);
    ctx.closePath();
    ctx.fill();
  });
}

function toneColor(tone: Tone, colors: ChartColors): string {
  if (tone === 'critical') return colors.critical;
  if (tone === 'warning') return colors.warning;
  return tone === 'info' ? colors.info : colors.mark;
}

/** Marks in a row above all, the loud ones with a line down through the plot. */
export function drawMarks(brush: Brush, rowTop: number): void {
  const { ctx, at, view } = brush;
  painted(brush, () => {
    ctx.font = font(brush, 500);
    const placed = placeMarks(
      view.marks,
      at.xOf,
      at.width,
      (words) => ctx.measureText(words).width,
      9 * at.ratio,
      60 * at.ratio,
    );
    for (const one of placed) drawMark(brush, one, rowTop);
  });
}

function drawMark({ ctx, at, colors }: Brush, placed: PlacedMark, rowTop: number): void {
  const { tone, x, side } = placed;
  const left = Math.round(at.left + x);
  const middle = rowTop + (kMarkRow / 2) * at.ratio;
  ctx.fillStyle = ctx.strokeStyle = toneColor(tone, colors);
  ctx.globalAlpha = tone === 'quiet' ? 0.5 : 1;
  drawGlyph(ctx, tone, left, middle, at.ratio);
  if (tone === 'quiet') return;
  ctx.globalAlpha = tone === 'critical' ? 0.9 : 0.5;
  ctx.lineWidth = at.ratio;
  ctx.setLineDash(tone === 'critical' ? [] : [3 * at.ratio, 3 * at.ratio]);
  ctx.beginPath();
  ctx.moveTo(left + 0.5, middle + 5 * at.ratio);
  ctx.lineTo(left + 0.5, at.top + at.height);
  ctx.stroke();
  if (side === null) return;
  ctx.globalAlpha = 1;
  ctx.textBaseline = 'middle';
  ctx.textAlign = side === 'left' ? 'right' : 'left';
  ctx.fillText(placed.label, left + (side === 'left' ? -7 : 7) * at.ratio, middle + 0.5 * at.ratio);
}

/** Told apart without colour: a diamond, a triangle, a dot, a tick. */
function drawGlyph(ctx: CanvasRenderingContext2D, tone: Tone, x: number, y: number, ratio: number): void {
  const r = 4.5 * ratio;
  ctx.beginPath();
  if (tone === 'critical') {
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y);
    ctx.lineTo(x, y + r);
    ctx.lineTo(x - r, y);
  } else if (tone === 'warning') {
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y + r * 0.8);
    ctx.lineTo(x - r, y + r * 0.8);
  } else if (tone === 'info') {
    ctx.arc(x, y, r * 0.75, 0, 2 * Math.PI);
  } else {
    ctx.rect(x - ratio / 2, y - r * 0.7, ratio, r * 1.4);
  }
  ctx.closePath();
  ctx.fill();
}

/** The peak as a ring on its line, with its height. */
export function drawPeak(brush: Brush, color: string): void {
  const { ctx, at, view, colors } = brush;
  if (view.peak === null) return;
  const x = at.xOf(view.peak.at);
  const y = at.yOf(view.peak.gb);
  if (x < 0 || x > at.width || y < 0 || y > at.height) return;
  painted(brush, () => {
    const words = `peak ${formatGb(view.peak?.gb ?? 0)}`;
    ctx.font = font(brush, 600);
    ctx.lineWidth = 2 * at.ratio;
    ctx.strokeStyle = color;
    ctx.fillStyle = colors.surface;
    ctx.beginPath();
    ctx.arc(at.left + x, at.top + y, 4 * at.ratio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    const isLate = x + ctx.measureText(words).width + 12 * at.ratio > at.width;
    ctx.textAlign = isLate ? 'right' : 'left';
    ctx.textBaseline = 'middle';
    // Below the point: above it are the zones and the limit's words.
    const left = at.left + x + (isLate ? -8 : 8) * at.ratio;
    const top = at.top + Math.min(y + 14 * at.ratio, at.height - 8 * at.ratio);
    ctx.strokeStyle = colors.surface;
    ctx.lineWidth = 3 * at.ratio;
    ctx.lineJoin = 'round';
    ctx.strokeText(words, left, top);
    ctx.fillStyle = colors.text;
    ctx.fillText(words, left, top);
  });
}

/** The lines' names beside their ends. */
export function drawLineEnds(brush: Brush, ends: readonly LineEnd[]): void {
  const { ctx, at } = brush;
  painted(brush, () => {
    ctx.font = font(brush, 600);
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    for (const end of spreadLabels(ends, 14 * at.ratio, at.height - 6 * at.ratio)) {
      ctx.fillStyle = end.color;
      ctx.fillText(end.label, at.left + at.width + 6 * at.ratio, at.top + end.y);
    }
  });
}
