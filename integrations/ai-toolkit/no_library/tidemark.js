'use client';
// In the place of Tidemark's components, where the program was built without them (no node there).
import { createElement } from 'react';

export function PerformanceAnalysisPanel({ jobId }) {
  return createElement(
    'p',
    { role: 'status' },
    `This build of Tidemark has no panels. The report: tidemark report ${jobId}`,
  );
}
