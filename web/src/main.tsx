import { createRoot } from 'react-dom/client';

import { App } from './pages/App';
import './page.css';

const page = document.getElementById('page');
if (page) createRoot(page).render(<App />);
