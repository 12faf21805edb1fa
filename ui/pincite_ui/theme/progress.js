const { el, shown } = Pincite;
const place = element.querySelector(".pc-progress");

function draw() {
  const view = props.value;
  if (!view) {
    place.replaceChildren();
    return;
  }
  place.replaceChildren(
    el("p", { role: "status" }, shown(view.status)),
    ...(view.share === null ? [] : [el("progress", { max: 1, value: view.share, "aria-label": "Answered" })]),
  );
}

watch("value", draw);
draw();
