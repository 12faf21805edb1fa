// Helpers of every component.  Text from documents, questions and file names only ever becomes a text node.
window.Pincite = (() => {
  // Invisible characters that reorder what follows would let a document show other words than it holds.
  const BIDI = /[\u202a-\u202e\u2066-\u2069]/;

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
      else if (name === "style") for (const [key, each] of Object.entries(value)) node.style.setProperty(key, each);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  function icon(name) {
    const paths = {
      copy: "M8 8V4h12v12h-4M4 8h12v12H4z",
      retry: "M20 11a8 8 0 1 0-2.3 5.7M20 5v6h-6",
      edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
      up: "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 3 3l-1 4h6c1 0 2 1 1.700 2l-2 7c-.3 1-1 1-2 1H7",
      down: "M17 13V4h3v9zM17 13l-4 8c-2 0-3-1-3-3l1-4H5c-1 0-2-1-1.700-2l2-7c.3-1 1-1 2-1H17",
      remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
      close: "M6 6l12 12M18 6L6 18",
      plus: "M12 5v14M5 12h14",
      more: "M5 12a.6.6 0 1 0 .01 0M12 12a.6.6 0 1 0 .01 0M19 12a.6.6 0 1 0 .01 0",
      save: "M12 4v11M7 11l5 5 5-5M5 20h14",
      search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
    };
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.classList.add("pc-icon");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", paths[name]);
    svg.append(path);
    return svg;
  }

  function button(label, picture, click, attributes = {}) {
    const { text, ...others } = attributes;
    return el(
      "button",
      { type: "button", "aria-label": text ? null : label, title: text ? null : label, on: { click }, ...others },
      picture ? icon(picture) : null,
      text ? shown(text) : null,
    );
  }

  // For labels and attributes: what reorders text is replaced.
  const plain = (text) => String(text ?? "").replace(new RegExp(BIDI, "g"), "\ufffd");

  // For what is read: every character stays, and one that reorders text is shut into a box of its own, where it does nothing.
  const shown = (text) => String(text ?? "").split(new RegExp(`(${BIDI.source})`)).filter(Boolean).map((part) =>
    BIDI.test(part) ? el("span", { class: "pc-control" }, part) : document.createTextNode(part));

  function save(name, type, content) {
    const address = URL.createObjectURL(new Blob([content], { type }));
    const link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // What one component asks of another, such as a citation that is to be opened.
  const listeners = {};
  const on = (name, listener) => { listeners[name] = listener; };
  const tell = (name, detail) => listeners[name]?.(detail);

  // Scrolls one box only; scrollIntoView would move the whole page as well.
  function scrollWithin(box, node, where) {
    const top = node.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    if (where === "start") box.scrollTop = top - 8;
    else if (where === "center") box.scrollTop = top - box.clientHeight / 3;
    else box.scrollTop = top + node.offsetHeight - box.clientHeight + 12;
  }

  function announce(text) {
    let region = document.getElementById("pc-announcer");
    if (!region) {
      region = el("div", { id: "pc-announcer", role: "status", "aria-live": "polite", class: "pc-hidden" });
      document.body.append(region);
    }
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50);
  }

  // Light, dark, or as the system has it.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function theme(choice) {
    if (choice) localStorage.setItem("pincite-theme", choice);
    const chosen = localStorage.getItem("pincite-theme") || "system";
    const wanted = chosen === "dark" || (chosen === "system" && dark.matches);
    document.documentElement.classList.toggle("dark", wanted);
    if (document.body && document.body.classList.contains("dark") !== wanted) document.body.classList.toggle("dark", wanted);
    return chosen;
  }
  dark.addEventListener("change", () => theme());
  document.addEventListener("DOMContentLoaded", () => {
    theme();
    new MutationObserver(() => theme()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });

  // What the files are called that were chosen or dropped last, with the folders they lie in, which Gradio forgets.
  const places = new WeakMap();
  let files = [];
  const chosen = () => files.map((file) => places.get(file) || file.webkitRelativePath || file.name);
  document.addEventListener("change", (event) => {
    if (event.target.type === "file") files = [...event.target.files];
  }, true);

  async function within(entry) {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      places.set(file, entry.fullPath.replace(/^\//, ""));
      return [file];
    }
    const reader = entry.createReader();
    const all = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return all;
      for (const each of some) all.push(...await within(each));
    }
  }

  // A folder that is dropped among the files goes the way of one that is chosen.
  document.addEventListener("drop", async (event) => {
    if (!event.target.closest?.("#pc-upload")) return;
    files = [...event.dataTransfer.files];
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const held = new DataTransfer();
    const all = [];
    for (const entry of entries) all.push(...await within(entry));
    for (const file of all) held.items.add(file);
    const input = document.querySelector("input[type=file][webkitdirectory]");
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    files = all;
  }, true);

  // Gradio's accordion does not say by itself whether it is open.
  document.addEventListener("click", () => setTimeout(() => {
    for (const each of document.querySelectorAll(".label-wrap")) each.setAttribute("aria-expanded", String(each.classList.contains("open")));
  }));

  return { chosen, el, icon, button, plain, shown, save, on, tell, announce, scrollWithin, theme };
})();
