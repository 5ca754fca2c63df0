import { MdSquare } from 'react-icons/md';
import Overview from '@/components/Overview';

type PageKey = 'overview' | 'loss_log';

interface Page {
  value: PageKey;
}

const pages: Page[] = [
  {
    value: 'overview',
  },
  {
    value: 'loss_log',
  },
];

export default pages;
