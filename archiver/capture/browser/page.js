// What is done inside a page that is shown: banners closed, lazy pictures loaded. Its answers are
// a page's word, and are checked outside.
({
  /**
   * Shorten what the page says to its console, before any script of it runs: all of it goes to the
   * program that drives the browser, and a page can say gigabytes.
   */
  hush(most, longest) {
    const apply = Reflect.apply, cut = String.prototype.slice, tag = Object.prototype.toString;
    let told = 0;
    const parse = JSON.parse, stringify = JSON.stringify;
    // A part of a string holds on to the whole of it; one that is written anew does not.
    const short = (text) => text.length > longest ? parse(stringify(apply(cut, text, [0, longest]))) : text;
    const shown = (value) => {
      if (typeof value === "string") return short(value);
      if (value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol"
        && typeof value !== "bigint")) return value;
      try {
        return short(value instanceof Error ? `${value.name}: ${value.message}` : apply(tag, value, []));
      } catch { return "?"; }
    };
    for (const name of Object.keys(console)) {
      const own = console[name];
      if (typeof own !== "function") continue;
      console[name] = (...said) => {
        if (++told > most) return undefined;
        const some = [];
        for (let at = 0; at < said.length && at < 20; at++) some[at] = shown(said[at]);
        return apply(own, console, some);
      };
    }
    const failed = (event) => {
      let text = "";
      try {
        const why = event.reason === undefined ? event.error : event.reason;
        text = `${event.message} ${why instanceof Error ? why.stack : typeof why === "object" ? "" : String(why)}`;
      } catch { text = ""; }
      if (++told > most || text.length > 4 * longest) event.preventDefault();
    };
    addEventListener("error", failed);  // those of pictures and scripts do not come so far
    addEventListener("unhandledrejection", failed);
  },
  /** Every element that is there, those in open shadow roots too. */
  all(root, selector, most = 4000) {
    const found = [...root.querySelectorAll(selector)];
    let seen = 0;
    for (const each of root.querySelectorAll("*")) {
      if (++seen > 20000 || found.length > most) break;
      if (each.shadowRoot) found.push(...this.all(each.shadowRoot, selector, most));
    }
    return found;
  },
  visible(each) {
    const box = each.getBoundingClientRect();
    const style = getComputedStyle(each);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden";
  },
  /** Click what closes a banner of a kind that is known; give the name of its rule. */
  known(rules) {
    for (const rule of rules) {
      for (const selector of rule.click) {
        let found = [];
        try { found = this.all(document, selector); } catch { continue; }
        const button = found.find((each) => this.visible(each));
        if (button) { button.click(); return rule.name; }
      }
    }
    return "";
  },
  /** Click a button by its words, where a banner that speaks of cookies stands round it. */
  worded(words, topics) {
    const clean = (text) => (text || "").replace(/\s+/g, " ").trim().toLowerCase();
    const buttons = this.all(document, "button, [role=button], input[type=button], input[type=submit], a")
      .filter((each) => this.visible(each));
    for (const word of words) {
      for (const each of buttons) {
        if (clean(each.innerText || each.value) !== word) continue;
        let around = each;
        for (let up = 0; around && up < 8; up++, around = around.parentElement) {
          const style = getComputedStyle(around);
          const over = ["fixed", "sticky"].includes(style.position) || around.getAttribute("role") === "dialog"
            || around.tagName === "DIALOG" || /cookie|consent|gdpr/i.test(around.id + " " + around.className);
          const text = clean(around.innerText);
          if (over && text.length < 6000 && topics.some((topic) => text.includes(topic))) {
            each.click();
            return word;
          }
        }
      }
    }
    return "";
  },
  /** Go down the page once, so that what loads when it is seen is loaded; then back to the top. */
  async scroll(most, pauseMs) {
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    for (const each of document.querySelectorAll("img[loading=lazy], iframe[loading=lazy]")) each.loading = "eager";
    const step = Math.max(200, innerHeight - 100);
    let at = 0;
    while (at < Math.min(most, document.documentElement.scrollHeight)) {
      at += step;
      scrollTo({ top: at, behavior: "instant" });
      await wait(pauseMs);
    }
    scrollTo({ top: 0, behavior: "instant" });
    await wait(pauseMs);
    return at;
  },
  height() {
    return Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0);
  },
  timings() {
    const nav = performance.getEntriesByType("navigation")[0];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return {
      dom_content_loaded_ms: nav ? nav.domContentLoadedEventEnd : 0,
      load_ms: nav ? nav.loadEventEnd : 0,
      first_contentful_paint_ms: paint ? paint.startTime : 0,
    };
  },
})
