// The index is more than a megabyte. The theme asks for it with each page; here it waits until somebody searches.
(() => {
  const { open, send } = XMLHttpRequest.prototype;
  const searched = new Promise((resolve) => {
    const begins = ({ type, target }) => (type === "keydown" || target.closest(".md-search, [for=__search]")) && resolve();
    for (const type of ["keydown", "pointerdown", "focusin"]) addEventListener(type, begins);
  });
  XMLHttpRequest.prototype.open = function (method, url, ...others) {
    this.isIndex = String(url).endsWith("/search.json");
    return open.call(this, method, url, ...others);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.isIndex) searched.then(() => send.apply(this, body));
    else send.apply(this, body);
  };
})();
