import { useTheme } from '../lib/theme';
import { ComparePage } from './ComparePage';
import { Frame, PageTitle } from './Frame';
import { JobPage } from './JobPage';
import { JobsPage } from './JobsPage';
import { compareAddress, jobsAddress, Link, type Route, useRoute } from './router';

export function App() {
  const { choice, theme, choose } = useTheme();
  const route = useRoute();
  return (
    <div className="tm-root" data-theme={theme}>
      <Frame theme={{ choice, onChoose: choose }}>
        <Page route={route} />
      </Frame>
    </div>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'jobs':
      return <JobsPage />;
    case 'job':
      return <JobPage key={route.job} job={route.job} run={route.run} />;
    case 'compare':
      return <ComparePage key={compareAddress(route.a, route.b)} a={route.a} b={route.b} />;
    case 'unknown':
      return (
        <>
          <PageTitle title="Nothing here" />
          <p className="mt-2 break-words">There is nothing at {route.path}.</p>
          <Link to={jobsAddress} className="text-accent underline">
            The jobs
          </Link>
        </>
      );
  }
}
