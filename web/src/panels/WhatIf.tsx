import { useMemo, useState } from 'react';

import type { Analysis, ConfigValue, WhatifAnswer } from '../api/types';
import { Button } from '../ui/Button';
import { Card } from '../ui/Card';
import { Empty, Failure, Loading, Stale } from '../ui/Notice';
import { useWhatIf } from './useWhatIf';
import { WhatIfControls } from './WhatIfControls';
import { WhatIfPrediction } from './WhatIfPrediction';
import { type Control, controlsOf, type SettingValues, turned } from './whatIfSettings';

export interface WhatIfProps {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
}

const kAsItWas: SettingValues = {};

/** The peak under other settings, as they are moved. */
export function WhatIf({ job, run, analysis }: WhatIfProps) {
  const [values, setValues] = useState<SettingValues>(kAsItWas);
  const whatIf = useWhatIf(job, run, values);
  const { plan } = analysis;
  const isTurned = Object.keys(values).length > 0;
  const fromPlan = () =>
    setValues(Object.fromEntries((plan?.changes ?? []).map((change) => [change.config_path, change.value])));
  return (
    <Card
      title="What if"
      hint="The peak under other settings, by the model of this run"
      actions={
        whatIf.state === 'ready' && (
          <div className="flex gap-2">
            {plan !== null && plan.changes.length > 0 && <Button onClick={fromPlan}>As recommended</Button>}
            <Button disabled={!isTurned} onClick={() => setValues(kAsItWas)}>
              As it was
            </Button>
          </div>
        )
      }
    >
      {whatIf.state === 'loading' && <Loading what="the model" lines={4} />}
      {whatIf.state === 'error' &&
        (isWithoutModel(whatIf.error.status) ? (
          <Empty title="This run has no model to ask.">{whatIf.error.message}</Empty>
        ) : (
          <Failure what="the prediction" error={whatIf.error} onRetry={whatIf.retry} />
        ))}
      {whatIf.state === 'ready' && (
        <>
          {whatIf.refused !== null && <Stale error={whatIf.refused} />}
          <div className="grid gap-x-8 gap-y-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
            <Settings answer={whatIf.answer} values={values} onValues={setValues} />
            <WhatIfPrediction
              answer={whatIf.answer}
              measured={analysis.breakdown}
              isBehind={whatIf.isBehind}
            />
          </div>
          <NotKnown answer={whatIf.answer} />
        </>
      )}
    </Card>
  );
}

/** The server's word that there is nothing to ask, rather than that asking failed. */
function isWithoutModel(status: number | null): boolean {
  return status === 404 || status === 400 || status === 409 || status === 422;
}

function Settings({
  answer,
  values,
  onValues,
}: {
  readonly answer: WhatifAnswer;
  readonly values: SettingValues;
  readonly onValues: (values: SettingValues) => void;
}) {
  const controls = useMemo(() => controlsOf(answer.adjustable), [answer.adjustable]);
  const onTurn = (control: Control, value: ConfigValue) => onValues(turned(values, control, value));
  const moving = controls.filter((control) => control.movesPeak);
  const others = controls.filter((control) => !control.movesPeak);
  if (controls.length === 0) return <Empty title="No setting of this config has a known effect on memory." />;
  return (
    <div className="min-w-0">
      <WhatIfControls controls={moving} values={values} onTurn={onTurn} />
      {others.length > 0 && (
        <details className="mt-3 text-sm" open={moving.length === 0}>
          <summary className="w-fit rounded text-muted hover:text-text">
            {others.length} more that alone {others.length === 1 ? 'does' : 'do'} not move this peak
          </summary>
          <div className="mt-2">
            <WhatIfControls controls={others} values={values} onTurn={onTurn} />
          </div>
        </details>
      )}
    </div>
  );
}

function NotKnown({ answer }: { readonly answer: WhatifAnswer }) {
  if (answer.not_known.length === 0) return null;
  return (
    <ul className="mt-3 space-y-0.5 border-t border-line pt-2 text-xs text-muted">
      {answer.not_known.map((sentence) => (
        <li key={sentence}>Not known: {sentence}.</li>
      ))}
    </ul>
  );
}
