// What is kept: in the tab (the conversation, what waits, drafts) and in the browser (name, choices).
// Passwords never are. Where the browser allows neither, the page works without.
const keep = (() => {
  const read = (store, key) => {
    try {
      return JSON.parse(window[store].getItem("papo." + key));
    } catch (_) {
      return null;
    }
  };
  const write = (store, key, value) => {
    try {
      window[store].setItem("papo." + key, JSON.stringify(value));
      return true;
    } catch (_) {
      return false;
    }
  };
  return {
    tab: key => read("sessionStorage", key),
    toTab: (key, value) => write("sessionStorage", key, value),
    browser: key => read("localStorage", key),
    toBrowser: (key, value) => write("localStorage", key, value),
  };
})();
