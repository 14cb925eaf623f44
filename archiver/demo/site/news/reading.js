// How long is this page? Written below its title; the page reads the same without it.
const words = document.querySelector("article").textContent.trim().split(/\s+/).length;
const line = document.querySelector(".byline");
if (line) line.append(` · ${Math.max(1, Math.round(words / 220))} min`);
