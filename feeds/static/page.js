// What a page gains from script; it reads without. No request is made from here.
"use strict";

const posts = [...document.querySelectorAll(".post")];
const rail = [...document.querySelectorAll(".rail a")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Times in the reader's zone, UTC on hover.
const zone = { timeZoneName: "short", hour: "2-digit", minute: "2-digit" };
const whole = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", ...zone });
const short = new Intl.DateTimeFormat("en-GB", zone);
if (new Date().getTimezoneOffset() !== 0) {
  for (const each of document.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    if (Number.isNaN(at.valueOf()) || !each.textContent.endsWith("UTC")) continue;
    each.title = `${each.dateTime.slice(0, 10)} ${each.dateTime.slice(11, 16)} UTC`;
    const alone = each.textContent.length < 12;
    each.textContent = (alone ? short : whole).format(at).replace(" at ", ", ");
  }
}

// Which post is being read? The one last gone to, while it is in sight; else the last one whose
// head has come past the middle.
function current() {
  const gone = posts.indexOf(document.activeElement);
  if (gone >= 0) {
    const { top, bottom } = posts[gone].getBoundingClientRect();
    if (bottom > 0 && top < innerHeight) return gone;
  }
  let low = 0;
  let high = posts.length - 1;
  const line = innerHeight * 0.45;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (posts[middle].getBoundingClientRect().top <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}

function mark() {
  const number = posts[current()]?.id.slice(1);
  let found = null;
  for (const each of rail) {
    each.removeAttribute("aria-current");
    if (Number(each.textContent) <= Number(number)) found = each;
  }
  found?.setAttribute("aria-current", "true");
}

if (rail.length) {
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      mark();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  soon();
}

// j and k go by post, as in feed readers; so do the arrows that a page has no other use for.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !posts.length) return;
  if (event.target.closest?.("input, textarea, select, video, audio, .uri")) return;
  const step = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const first = posts[0].getBoundingClientRect().top > innerHeight * 0.5;
  const next = first && step > 0 ? 0 : current() + step;
  if (!posts[next]) return;
  event.preventDefault();
  posts[next].tabIndex = -1;
  posts[next].focus({ preventScroll: true });
  posts[next].scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "start" });
});

// All changes at once: styles do it in newer browsers, this in older ones.
function unfold() {
  if (location.hash !== "#changes" && location.hash !== "#main") return;
  for (const each of document.querySelectorAll(".edit")) each.open = location.hash === "#changes";
}
addEventListener("hashchange", unfold);
unfold();

// Share and copy stand hidden until it is sure that they work.
for (const button of document.querySelectorAll("button[data-do]")) {
  const { url, title } = button.dataset;
  const words = button.textContent;
  if (button.dataset.do === "share" && navigator.share) {
    button.hidden = false;
    button.addEventListener("click", () => navigator.share({ url, title }).catch(() => {}));
  }
  if (button.dataset.do === "copy" && navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(url);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Could not be copied; select the address above";
      }
      setTimeout(() => (button.textContent = words), 3000);
    });
  }
}

// A film that leaves the screen is silent.
if ("IntersectionObserver" in window) {
  const watching = new IntersectionObserver((seen) => {
    for (const each of seen) if (!each.isIntersecting) each.target.pause();
  });
  for (const film of document.querySelectorAll("video")) watching.observe(film);
}
