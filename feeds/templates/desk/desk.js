"use strict";
// The steps of a capture as they come; without this the page comes again by itself.
const list = document.getElementById("steps");
if (list && list.dataset.events && "EventSource" in window) {
  const source = new EventSource(list.dataset.events);
  source.onopen = () => list.replaceChildren();
  const state = document.getElementById("state");
  source.addEventListener("state", (event) => {
    state.textContent = event.data;
  });
  source.onmessage = (event) => {
    const line = document.createElement("li");
    line.dir = "auto";
    line.textContent = event.data;
    list.append(line);
  };
  source.addEventListener("ended", () => {
    source.close();
    window.location.reload();
  });
}
// What is about to be there is looked for again.
if (document.querySelector("script[data-again]")) {
  setTimeout(() => window.location.reload(), 2000);
}
