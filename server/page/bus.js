// Who changes something tells it here; who shows it listens. Neither knows the other.
const bus = (() => {
  const listeners = {};
  return {
    on: (names, listener) => names.split(" ").forEach(name => (listeners[name] = listeners[name] || []).push(listener)),
    tell: (name, ...about) => (listeners[name] || []).forEach(listener => listener(...about)),
  };
})();
