const place = element.querySelector(".pc-report");

function draw() {
  if (!props.value) {
    place.replaceChildren();
    return;
  }
  const frame = document.createElement("iframe");
  // Its own origin: what it holds can neither read this page nor ask the server for anything.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("title", "Evaluation report");
  frame.srcdoc = props.value.html;
  place.replaceChildren(frame);
}

watch("value", draw);
draw();
