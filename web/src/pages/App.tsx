export function App() {
  return <div className="tm-root">Tidemark</div>;
}
