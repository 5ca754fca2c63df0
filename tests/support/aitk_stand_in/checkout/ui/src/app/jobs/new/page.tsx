import { useEffect } from 'react';

export function copyOf(cloneId: string, data: any, setJobConfig: (config: any) => void) {
  const newJobConfig = JSON.parse(data.job_config);
  newJobConfig.config.name = `${newJobConfig.config.name}_copy`;
  setJobConfig(newJobConfig);
}

export default function NewJob({ jobConfig }: { jobConfig: any }) {
  return (
    <header>
      <h1>New Training Job</h1>
      <div className="flex-1"></div>
      <button>{jobConfig.config.name}</button>
    </header>
  );
}
