const { el, button, plain, save } = Pincite;
const list = element.querySelector(".pc-list");

function named(view) {
  return (view.title || "conversation").replace(/[^\p{L}\p{N} -]/gu, "").trim().slice(0, 40) || "conversation";
}

async function exported(item, format) {
  const content = await server.export_conversation({ id: item.id, format });
  save(`${named(item)}.${format === "json" ? "json" : "md"}`, format === "json" ? "application/json" : "text/markdown", content);
}

function rename(item, row) {
  const input = el("input", { type: "text", "aria-label": "New title", value: item.title });
  const done = (keep) => (keep && input.value.trim() ? trigger("rename", { id: item.id, title: input.value.trim() }) : draw());
  let ended = false;
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") {
      ended = true;
      done(event.key === "Enter");
    }
  });
  input.addEventListener("blur", () => !ended && done(true));
  row.replaceChildren(input);
  input.focus();
  input.select();
}

function row(item, current) {
  const node = el("li", { class: item.id === current ? "pc-current" : null });
  const menu = el(
    "div",
    { class: "pc-menu", role: "group", "aria-label": `Actions for ${plain(item.title)}`, hidden: true },
    button("", null, () => rename(item, node), { text: "Rename" }),
    button("", null, () => exported(item, "markdown"), { text: "Save as Markdown" }),
    button("", null, () => exported(item, "json"), { text: "Save as JSON" }),
    button("", null, (event) => {
      // The first press asks, the second does it.
      if (event.currentTarget.dataset.sure) trigger("remove", { id: item.id });
      else {
        event.currentTarget.dataset.sure = "yes";
        event.currentTarget.textContent = "Delete for good?";
      }
    }, { text: "Delete", class: "pc-danger" }),
  );
  const more = button(`Actions for ${plain(item.title)}`, "more", () => {
    for (const other of list.querySelectorAll(".pc-menu")) if (other !== menu) other.hidden = true;
    menu.hidden = !menu.hidden;
    more.setAttribute("aria-expanded", menu.hidden ? "false" : "true");
  }, { class: "pc-tool", "aria-expanded": "false" });
  node.append(
    button(item.title, null, () => trigger("open", { id: item.id }), {
      text: item.title, class: "pc-conversation", title: plain(item.title), "aria-current": item.id === current ? "true" : null,
    }),
    more,
    menu,
  );
  return node;
}

function draw() {
  const view = props.value;
  if (!view) return;
  const all = button("", null, () => {
    const open = list.classList.toggle("pc-open");
    all.setAttribute("aria-expanded", open ? "true" : "false");
  }, { text: `Earlier (${view.items.length})`, class: view.items.length ? "pc-show" : "pc-show pc-none-yet", "aria-expanded": list.classList.contains("pc-open") ? "true" : "false" });
  list.replaceChildren(
    el("div", { class: "pc-row" },
      button("", "plus", () => trigger("fresh", {}), { text: "New conversation", class: "pc-new" }),
      all),
    el("ul", { "aria-label": "Conversations" }, view.items.map((item) => row(item, view.current))),
    view.items.length ? "" : el("p", { class: "pc-fine" }, "Your conversations are kept here, on this computer."),
  );
}

watch("value", draw);
draw();
