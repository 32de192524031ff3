// Elements. Text never becomes markup: it is inserted as text, and links in it are made as elements.
const dom = (() => {
  const at = id => document.getElementById(id);

  // An element with these properties (`onclick`, `className`) and attributes (those with a dash, and `role`).
  const make = (tag, properties, ...children) => {
    const element = document.createElement(tag);
    Object.keys(properties || {}).forEach(key => {
      const value = properties[key];
      if (value === undefined || value === null) return;
      if (key.includes("-") || key === "role") element.setAttribute(key, value);
      else element[key] = value;
    });
    put(element, children);
    return element;
  };
  const put = (parent, children) =>
    children.forEach(child => (Array.isArray(child) ? put(parent, child) : child && parent.append(child)));
  const fill = (parent, ...children) => {
    parent.textContent = "";
    put(parent, children);
    return parent;
  };

  // The last character of an address is none that ends a sentence.
  const ADDRESS = /\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?'…)\]}*]/g;
  const rich = text => {
    const parts = [];
    let end = 0;
    (text.match(ADDRESS) || []).forEach(address => {
      const start = text.indexOf(address, end);
      parts.push(text.slice(end, start), link(address));
      end = start + address.length;
    });
    return parts.concat(text.slice(end));
  };
  const link = address => make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);

  // Calls soon and once, however often it was asked for.
  const soon = work => {
    let waits = false;
    return () => {
      if (waits) return;
      waits = true;
      setTimeout(() => ((waits = false), work()), 0);
    };
  };
  return { at, make, fill, rich, soon };
})();
